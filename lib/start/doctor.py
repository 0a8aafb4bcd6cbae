"""The doctor: say what is installed, what is wrong with it, and what to do.

Run it with `python -m lib.start.doctor`; exit status 0: fine, 1: something is wrong, 2:
wrong arguments.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from lib.start.diagnosis import built_for, diagnose
from lib.start.findings import Finding, quote
from lib.start.report import Report, examine
from lib.start.symptoms import explain

WIDTH = 88


def format_report(
    report: Report, findings: Sequence[Finding], *, paths: bool = False
) -> str:
    """Write a report and its findings as text: a table, then the verdict.

    Folders of this machine appear only with `paths`.
    """
    rows = _rows(report)
    if paths:
        rows.append(("Executable", report.executable))
        rows.append(("Shell's", report.shell_executable or "none"))
    width = max(len(name) for name, _ in rows) + 2
    table = "\n".join(f"{name:<{width}}{value}" for name, value in rows)
    return f"{table}\n\n{_verdict(findings)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.start.doctor",
        description="Say what is installed for PyTorch, what is wrong and what to do.",
        epilog="Exit status: 0 nothing wrong, 1 something is wrong, 2 wrong arguments.",
    )
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    parser.add_argument(
        "--paths", action="store_true", help="show folders and raw messages, too"
    )
    parser.add_argument(
        "--message",
        metavar="FILE",
        help="an error message to explain besides, in a file (- for standard input)",
    )
    options = parser.parse_args(arguments)
    try:
        asked = () if options.message is None else (_read(options.message),)
    except OSError as error:
        parser.error(f"cannot read the message: {error}")
    report = examine()
    report = report._replace(messages=(*report.messages, *asked))
    findings = diagnose(report)
    if options.json:
        print(json.dumps(_as_json(report, findings, options.paths), indent=2))
    else:
        print(format_report(report, findings, paths=options.paths))
        unknown = asked and not explain(asked[0])
        if unknown and asked[0].strip():
            print(f'\nThe doctor does not know this message: "{quote(asked)}"')
        if options.paths and report.messages:
            print("\nMessages:\n" + "\n".join(report.messages).strip())
    return int(any(finding.serious for finding in findings))


def _rows(report: Report) -> list[tuple[str, str]]:
    """Return the table's rows: a name and what was found."""
    absent = "not installed" if report.packages_known else "unknown"
    system = (
        f"{report.platform}, in a container" if report.container else report.platform
    )
    torch = f"{report.torch}, built for {built_for(report)}" if report.torch else absent
    no_answer = "no answer" if report.driver_complaint else "none"
    rows = [
        ("Python", f"{report.python} ({report.environment}), {system}"),
        ("torch", torch),
        ("torchvision", report.torchvision or absent),
        ("NumPy", report.numpy or absent),
        ("cuDNN", _cudnn(report.cudnn)),
        ("Driver", report.driver or no_answer),
    ]
    for number, gpu in enumerate(report.gpus):
        memory = f", {gpu.memory_gb:.0f} GB" if gpu.memory_gb else ""
        capability = f", compute capability {gpu.capability}" if gpu.capability else ""
        rows.append((f"GPU {number}", f"{gpu.name}{memory}{capability}"))
    if report.other_gpu:
        rows.append(("GPU", report.other_gpu))
    elif not report.gpus:
        idle = (
            f"{report.nvidia_cards} of NVIDIA, no answer" if report.nvidia_cards else ""
        )
        rows.append(("GPU", idle or no_answer))
    memory = f"{report.memory_gb:.0f} GB" if report.memory_gb else "unknown"
    return [*rows, ("CPU threads", str(report.cpu_threads)), ("Memory", memory)]


def _cudnn(number: str) -> str:
    """Turn cuDNN's number into its version: 91002 -> 9.10.2; of old 8902 -> 8.9.2."""
    if not number:
        return "none"
    thousands = 10_000 if int(number) >= 90_000 else 1_000
    major, rest = divmod(int(number), thousands)
    return f"{major}.{rest // 100}.{rest % 100}"


def _verdict(findings: Sequence[Finding]) -> str:
    """Return the verdict, then each finding with its evidence and remedy."""
    serious = sum(finding.serious for finding in findings)
    verdict = "Nothing wrong." if not serious else f"Wrong: {serious}."
    lines = [verdict]
    for finding in findings:
        lines.append("")
        head = "Problem: " if finding.serious else "Remark:  "
        lines += _paragraph(head, finding.problem)
        if finding.evidence:
            lines += _paragraph("Seen:    ", f'"{finding.evidence}"')
        lines += _paragraph("Remedy:  ", finding.remedy)
    return "\n".join(lines)


def _paragraph(head: str, text: str) -> list[str]:
    """Wrap a text behind its head, never inside a word."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _read(name: str) -> str:
    """Read a message from a file, whatever bytes it holds; "-" is standard input."""
    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return content.decode(errors="replace")


def _as_json(report: Report, findings: Sequence[Finding], paths: bool) -> dict:
    """Return report and findings as plain values; folders and messages with `paths`."""
    if not paths:
        report = report._replace(
            executable="", shell_executable="", driver_complaint="", messages=()
        )
    content = report._asdict()
    content["gpus"] = [gpu._asdict() for gpu in report.gpus]
    return {
        "fine": not any(finding.serious for finding in findings),
        "report": content,
        "findings": [finding._asdict() for finding in findings],
    }


if __name__ == "__main__":
    raise SystemExit(main())
