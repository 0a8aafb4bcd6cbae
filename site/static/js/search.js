// Search: words of titles first, sections as targets, excerpts of prose. The index comes from
// pipeline/sphinx/search.py: {page: [[anchor, heading, text], ...]}, the page itself first.

const WORD = /\p{Script=Han}|[\p{L}\p{N}_]+/gu;
const [TITLE, HEADING, TEXT] = [12, 8, 1];
const [EXACT, STEM, PREFIX] = [1, 0.7, 0.4];
const FIRST_PAGE = "chapters/intro.html";
const MAX_RESULTS = 40, MAX_ON_A_PAGE = 4, EXCERPT = 200;

// Words that differ only in their ending have one stem: broadcast, broadcasting; loader, loading.
// So have the British and the American spelling: optimiser, optimizer; colour, color.
function stem(word) {
    word = word.replace(/([a-z]{3})is(e|ed|er|ers|ing|ation)$/, "$1iz$2").replace("colour", "color");
    if (!/(ss|us|is)$/.test(word)) word = word.replace(/([a-z]{3})s$/, "$1");
    word = word.replace(/([a-z_]{4,})(?:ing|ed|er|ation|ion|e)$/, "$1");
    return word.replace(/([bdfgklmnprt])\1$/, "$1");
}

function words(text) {
    return text.toLowerCase().match(WORD) || [];
}

function counted(list) {
    const found = new Map();
    for (const word of list) found.set(word, [(found.get(word)?.[0] || 0) + 1, stem(word)]);
    return found;
}

// The words of a title, also joined in pairs, as in DataLoader, and those of the page's own name.
function titleWords(heading, page) {
    const list = words(heading);
    const name = page.replace(/^.*\/|\.html$/g, "").replaceAll("_", " ");
    return [...list, ...list.slice(1).map((word, index) => list[index] + word), ...words(name)];
}

// Lessons come before pages of reference, exercises and the first page, which names everything.
function worth(page, heading) {
    if (page.split("/").length < 3) return page === FIRST_PAGE ? 0.2 : 0.4;
    return /^exercise /i.test(heading) ? 0.6 : 1;
}

const targets = Object.entries(searchIndex).flatMap(([page, entries]) =>
    entries.map(([anchor, heading, text], number) => ({
        page, anchor, heading, text, title: entries[0]?.[1] || page, isPage: number === 0,
        worth: worth(page, heading),
        fields: [[(number ? HEADING : TITLE) / Math.log2(1 + words(heading).length),
            counted(titleWords(heading, number ? "" : page))], [TEXT, counted(words(text))]],
        around: counted(titleWords(entries[0]?.[1] || "", page)),
        plain: words(`${heading} ${text}`).join(" ") })));

// How well one word of the query fits a field: the best kind of match, and a little for each more.
function fit(field, query, root) {
    let best = 0, number = 0;
    for (const [word, [count, wordRoot]] of field) {
        const match = word === query ? EXACT : wordRoot === root ? STEM
            : query.length > 2 && word.startsWith(root) ? PREFIX : 0;
        if (match) [best, number] = [Math.max(best, match), number + match * count];
    }
    return best && best + Math.log(1 + number) / 4;
}

function fits(word, root) {
    return targets.map(target => Math.max(
        ...target.fields.map(([weight, field]) => weight * fit(field, word, root)),
        0.5 * fit(target.around, word, root)));
}

function search(text) {
    const query = [...new Set(words(text))].slice(0, 40);
    const table = query.map(word => {
        let scores = fits(word, stem(word));
        if (!scores.some(Boolean) && word.length > 6) {  // a form that is nowhere, or a slip
            scores = fits(word, word.slice(0, Math.ceil(word.length * 0.6)));
        }
        const number = scores.filter(Boolean).length;
        return { scores, rarity: Math.log(1 + targets.length / (1 + number)) };
    });
    const phrase = words(text).join(" ");
    const scored = targets.map((target, index) => {
        const found = table.filter(({ scores }) => scores[index]);
        const coverage = found.length / table.length;
        let score = found.reduce((sum, { scores, rarity }) => sum + scores[index] * rarity, 0);
        const isPhrase = table.length > 1 && ` ${target.plain} `.includes(` ${phrase}`);
        if (words(target.heading).join(" ") === phrase) score *= 2;
        else if (query.length <= 3) score *= target.worth;
        return { target, coverage, score: score * coverage * (isPhrase ? 3 : 1) };
    });
    // All words, or, for a pasted message with numbers of its own, at least half of them.
    const full = scored.filter(({ coverage }) => coverage === 1);
    const kept = full.length ? full : scored.filter(({ coverage }) => coverage >= 0.5);
    const seen = new Map();
    return kept.sort((a, b) => b.score - a.score).filter(({ target: { page } }) => {
        seen.set(page, (seen.get(page) || 0) + 1);
        return seen.get(page) <= MAX_ON_A_PAGE;
    }).slice(0, MAX_RESULTS).map(({ target }) => target);
}

// A piece of the text around the first word found, with the words marked.
function excerpt(text, query) {
    const roots = words(query).map(stem);
    const hits = [...text.matchAll(WORD)].filter(([word]) =>
        roots.some(root => stem(word.toLowerCase()) === root));
    let start = Math.max(0, (hits[0]?.index || 0) - 60);
    if (start) start = text.indexOf(" ", start) + 1;
    let end = Math.min(text.length, start + EXCERPT);
    if (end < text.length) end = text.lastIndexOf(" ", end);
    const line = document.createElement("p");
    let last = start;
    for (const { 0: word, index } of hits.filter(hit => hit.index >= start && hit.index < end)) {
        const mark = document.createElement("mark");
        mark.textContent = word;
        line.append(text.slice(last, index), mark);
        last = index + word.length;
    }
    line.append(text.slice(last, end));
    if (start) line.prepend("… ");
    if (end < text.length) line.append(" …");
    return line;
}

function show(query) {
    const found = query.trim() ? search(query) : [];
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.textContent = !query.trim() ? "Type what you look for."
        : found.length ? `${found.length} results` : `Nothing found for “${query}”.`;
    const list = document.createElement("ul");
    list.className = "search";
    for (const { page, anchor, heading, title, text, isPage } of found) {
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = page + (anchor ? `#${anchor}` : "");
        link.textContent = heading;
        item.append(link);
        if (!isPage) {
            const where = document.createElement("span");
            where.className = "search-page";
            where.textContent = ` in ${title}`;
            item.append(where);
        }
        if (text) item.append(excerpt(text, query));
        list.append(item);
    }
    document.getElementById("search-results").replaceChildren(status, list);
}

document.addEventListener("DOMContentLoaded", () => {
    const query = new URLSearchParams(location.search).get("q") || "";
    const fields = document.querySelectorAll("input[name=q]");
    fields.forEach(field => {
        field.value = query;
        field.addEventListener("input", () => show(field.value));
    });
    show(query);
});
