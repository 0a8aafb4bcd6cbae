// Progress that this browser remembers: chapters read and exercises solved, as the reader ticks
// them. Nothing leaves the browser. Without storage (private windows, a full disk) the ticks work
// until the page is left.

const KEY = "learn-pytorch-progress";
const ROOT = new URL(document.documentElement.dataset.content_root || "./", location.href);

const progress = { read: {}, solved: {} };
try {
    const { read, solved } = JSON.parse(localStorage.getItem(KEY)) || {};
    Object.assign(progress.read, read);
    for (const [page, ids] of Object.entries(solved || {})) progress.solved[page] = [...ids];
} catch {
    // no storage, or not ours: begin anew
}

function keep() {
    try {
        localStorage.setItem(KEY, JSON.stringify(progress));
    } catch {
        // no storage: kept in memory only
    }
}

// The name of a page of this site, such as chapters/tensors/creation.
function pageOf(address) {
    const path = new URL(address, location.href).pathname;
    return path.replace(ROOT.pathname, "").replace(/\.html$/, "");
}

const HERE = pageOf(location.href);
const isChapter = /^chapters\/[^/]+\/[^/]+$/.test(HERE);

function tick(label, isOn, change) {
    const field = document.createElement("label");
    field.className = "course-tick";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.autocomplete = "off";
    box.checked = isOn;
    box.addEventListener("change", () => {
        change(box.checked);
        keep();
        showProgress();
    });
    field.append(box, ` ${label}`);
    return field;
}

// One tick at the foot of a chapter and one below the title of each exercise.
function addTicks() {
    const foot = document.querySelector("article .course-ask");
    foot?.before(tick("I have read this chapter", HERE in progress.read, isOn => {
        if (isOn) progress.read[HERE] = true;
        else delete progress.read[HERE];
    }));
    for (const exercise of document.querySelectorAll("article section[id^='exercise-']")) {
        const heading = exercise.querySelector("h3");
        const name = heading.firstChild.textContent.replace(/:.*/, "");
        const solved = progress.solved[HERE] || [];
        heading.after(tick(`${name} solved`, solved.includes(exercise.id), isOn => {
            const others = (progress.solved[HERE] || []).filter(id => id !== exercise.id);
            progress.solved[HERE] = isOn ? [...others, exercise.id] : others;
        }));
    }
}

// What is done stands behind each link to a chapter, in the sidebar and on the first page.
function showProgress() {
    document.querySelectorAll(".course-done").forEach(mark => mark.remove());
    const links = ".bd-sidebar-primary a.reference.internal, .course-contents a.reference.internal";
    for (const link of document.querySelectorAll(links)) {
        const page = pageOf(link.href), solved = (progress.solved[page] || []).length;
        const done = [page in progress.read && "✓ read", solved && `${solved} solved`].filter(Boolean);
        if (!done.length) continue;
        const mark = document.createElement("span");
        mark.className = "course-done";
        mark.textContent = ` ${done.join(", ")}`;
        link.append(mark);
    }
    showSum();
}

// On the first page: how far the reader is, where to go on, and how to forget it all.
function showSum() {
    const links = [...document.querySelectorAll(".course-contents a.reference.internal")];
    if (!links.length) return;
    document.querySelector(".course-sum")?.remove();
    const pages = links.map(link => pageOf(link.href));
    const read = pages.filter(page => page in progress.read).length;
    const solved = pages.reduce((sum, page) => sum + (progress.solved[page] || []).length, 0);
    if (!read && !solved) return;
    const sum = document.createElement("p");
    sum.className = "course-sum";
    sum.append(`You have read ${read} of ${pages.length} chapters and solved ${solved} `
        + `exercise${solved === 1 ? "" : "s"}. `);
    const next = links.find((link, index) => !(pages[index] in progress.read));
    if (next) {
        const link = document.createElement("a");
        link.href = next.href;
        link.textContent = next.firstChild.textContent;
        sum.append("Go on with ", link, ". ");
    }
    const forget = document.createElement("button");
    forget.type = "button";
    forget.className = "course-button";
    forget.textContent = "Forget this";
    forget.addEventListener("click", () => {
        [progress.read, progress.solved] = [{}, {}];
        keep();
        showProgress();
    });
    sum.append(forget);
    document.querySelector(".course-contents").previousElementSibling.before(sum);
}

if (isChapter) addTicks();
showProgress();

// Whoever moves by keyboard need not pass a copy button at each block of code.
addEventListener("load", () => {
    document.querySelectorAll("button.copybtn").forEach(button => { button.tabIndex = -1; });
});
