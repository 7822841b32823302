// Asks the API beside this page. Text of the catalogue, of users and of models goes in by textContent alone.

const KEY = "genrec-key";
const NOTHING_KNOWN = "no history and no words: popular items"; // as the API says it
const at = (id) => document.getElementById(id);
const titles = new Map(); // by item id, as answers and histories have told them
let asked = null; // the question whose answer is shown
let shown = null; // that answer
let asking = null; // the request under way, to be given up for a newer one
let retry = null; // what a missing key has stopped
let models = [];

function made(tag, { className = "", text = "", ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const counted = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
const quoted = (id) => `“${titles.get(id) || id}”`;

// --- the API ---

class Fault extends Error {
  constructor(status, told) {
    super(told.what || "The server did not answer as expected.");
    this.status = status;
    this.told = told;
  }
}

async function call(method, path, body, signal) {
  const key = sessionStorage.getItem(KEY);
  const headers = { accept: "application/json" };
  if (key) headers.authorization = `Bearer ${key}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const reply = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body) });
  const told = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Fault(reply.status, told);
  return told;
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error.name === "AbortError") return;
    say("");
    if (error.status === 401) return askForKey(work);
    showFault(error);
  }
}

function askForKey(work) {
  retry = work;
  if (sessionStorage.getItem(KEY)) {
    sessionStorage.removeItem(KEY);
    showFault(new Error("The server does not know this key."));
  }
  showKey();
  at("key").focus();
}

function showKey() {
  at("key-form").hidden = retry === null;
  at("forget-key").hidden = !sessionStorage.getItem(KEY);
}

function showFault(error) {
  const told = error.told || {};
  const unreachable = error instanceof TypeError ? "The server cannot be reached." : error.message;
  const lines = [unreachable, told.why, told.where && `At: ${told.where}`, told.next_step && `Next: ${told.next_step}`];
  const id = told.request_id && `Request ${told.request_id}`;
  at("fault").replaceChildren(
    ...lines.filter(Boolean).map((text) => made("p", { text })),
    ...(id ? [made("p", { className: "help", text: id })] : []),
  );
  at("fault").hidden = false;
}

function say(text) {
  at("status").textContent = text;
}

// --- asking ---

function question() {
  return {
    user: at("user").value.trim(),
    wish: at("wish").value.trim(),
    where: at("where").value.trim(),
    k: Number(at("length").value) || null, // none: ten, or as many as there are
    explain: at("wording").value,
    model: at("model").value,
    liked: [], // of a visit without a user: nothing of it is kept on the server
    hidden: [],
  };
}

function bodyOf(question) {
  const body = { explain: question.explain };
  if (question.k) body.k = question.k;
  if (question.user) body.user_id = question.user;
  if (question.wish) body.text = question.wish;
  if (question.where) body.where = question.where;
  if (question.liked.length) body.history = question.liked;
  if (question.hidden.length) body.exclude = question.hidden;
  return body;
}

const isDefault = (model) => !model || models.some((each) => each.id === model && each.is_default);

function pathOf(model) {
  return isDefault(model) ? "v1/recommend" : `v1/models/${encodeURIComponent(model)}/recommend`;
}

async function ask(next) {
  asking?.abort();
  const mine = (asking = new AbortController());
  at("fault").hidden = true;
  at("results").classList.add("waiting");
  at("results").setAttribute("aria-busy", "true");
  say("Looking for items …");
  try {
    const answer = await call("POST", pathOf(next.model), bodyOf(next), mine.signal);
    asked = next;
    shown = answer;
    showAnswer();
    await showHistory();
  } finally {
    if (mine === asking) {
      at("results").classList.remove("waiting");
      at("results").removeAttribute("aria-busy");
    }
  }
}

function subject() {
  if (asked.user && asked.wish) return `For user ${asked.user}, who wishes “${asked.wish}”`;
  if (asked.user) return `For user ${asked.user}`;
  return asked.wish ? `For the wish “${asked.wish}”` : "The list";
}

// --- the list ---

function showAnswer() {
  for (const item of shown.items) titles.set(item.item_id, item.title);
  at("results").hidden = false;
  at("hint").hidden = true;
  at("list-title").textContent = subject();
  const seconds = (shown.took_ms / 1000).toFixed(1);
  at("facts").textContent = `Model ${shown.model}, version ${shown.model_version}. ${seconds} s.`;
  showDegraded();
  at("warnings").replaceChildren(...shown.warnings.map((text) => made("li", { text })));
  at("warnings").hidden = !shown.warnings.length;
  at("again-bar").hidden = true;
  at("list").replaceChildren(...shown.items.map(itemRow));
  showSearches();
  at("others").replaceChildren();
  const degraded = shown.degraded ? " This answer is degraded: see the note above the list." : "";
  say(`${counted(shown.items.length, "item")}.${degraded}`);
}

function showDegraded() {
  const isWhole = shown.source === "model";
  const what = shown.degraded_reason === NOTHING_KNOWN
    ? "Nothing is known of this user yet, so these are items that many chose."
    : isWhole
      ? "The language model failed on the way, so part of this answer was made without it."
      : "This list was made without the language model: from the last titles of the history, and from what is popular.";
  at("degraded").replaceChildren(
    made("p", { text: what }),
    made("p", { className: "help", text: `Reason given: ${shown.degraded_reason}.` }),
  );
  at("degraded").hidden = !shown.degraded;
}

function itemRow(item) {
  const row = made("li", { className: "item" });
  const inside = made("div", {}, made("h3", { text: item.title || item.item_id }));
  if (item.reason) inside.append(made("p", { className: "reason", text: item.reason }));
  inside.append(evidenceOf(item));
  row.append(made("span", { className: "rank", text: String(item.rank) }), inside, reactions(item, row));
  return row;
}

function evidenceOf(item) {
  const lines = [...item.evidence.map(evidenceLine), originLine(item)];
  const list = made("ul", { className: "evidence" });
  const details = made(
    "details",
    {},
    made("summary", { text: "Evidence" }, made("span", { className: "said", text: ` for ${item.title}` })),
    list,
  );
  const fill = () => list.replaceChildren(...lines.map((line) => made("li", { text: line() })));
  details.addEventListener("toggle", () => details.open && attempt(() => nameItems(item.evidence).then(fill)), { once: true });
  return details;
}

async function nameItems(evidence) {
  const unnamed = new Set(evidence.map((each) => each.item_id).filter((id) => id && !titles.has(id)));
  for (const id of unnamed) titles.set(id, (await call("GET", `v1/items/${encodeURIComponent(id)}`)).title);
}

function evidenceLine({ kind, item_id: id, field, value, count, of }) {
  return () => {
    switch (kind) {
      case "history":
        return `In the history: ${value} ${quoted(id)}.`;
      case "attribute":
        return id ? `${field}: ${value}, here as in ${quoted(id)}.` : `${field}: ${value}.`;
      case "co-occurrence":
        return id
          ? `${count} of the ${of} others who ${value} ${quoted(id)} ${value} this too.`
          : `${count} of all ${of} others ${value} this.`;
      case "neighbours":
        return `${count} of the ${of} people with the nearest histories ${value} this.`;
      default:
        return field === "user" ? `Your words “${value}” find it.` : `The search “${value}” finds it.`;
    }
  };
}

const SOURCES = {
  generative: "the searches",
  "last-titles": "the last titles of the history",
  popularity: "what is popular",
};

function originLine(item) {
  return () => {
    const numbers = item.query_ids.map((id) => id + 1);
    const searches = numbers.length ? ` (${numbers.length === 1 ? "number" : "numbers"} ${numbers.join(", ")})` : "";
    const names = Object.keys(item.sources).map((name) => SOURCES[name] || `the model ${name}`);
    const score = item.score === null ? "" : ` Score ${item.score.toPrecision(3)}.`;
    return `It comes from ${names.join(" and ")}${searches}.${score}`;
  };
}

function reactions(item, row) {
  const buttons = [
    ["like", "Like", "Liked"],
    ["hide", "Hide", "Hidden"],
  ].map(([type, label, done]) => {
    const button = made("button", { text: label, type: "button", "aria-label": `${label} ${item.title}`, "aria-pressed": "false" });
    button.addEventListener("click", () => {
      if (row.dataset.done) return;
      attempt(() => react(type, item, row, button, done));
    });
    return button;
  });
  return made("div", { className: "doing" }, ...buttons);
}

async function react(type, item, row, button, done) {
  row.dataset.done = type; // before the reply, so that a second press does not send it twice
  try {
    if (asked.user) await keep(type, item);
    else (type === "like" ? asked.liked : asked.hidden).push(item.item_id);
  } catch (error) {
    delete row.dataset.done;
    throw error;
  }
  button.textContent = done;
  button.setAttribute("aria-label", `${done} ${item.title}`);
  button.setAttribute("aria-pressed", "true");
  for (const each of button.parentElement.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
  if (type === "hide") row.classList.add("hidden");
  await afterReaction(`${done}: ${item.title}.`);
}

async function keep(type, item) {
  const words = crypto.getRandomValues(new Uint32Array(4)); // randomUUID is there on https alone
  const id = Array.from(words, (each) => each.toString(16).padStart(8, "0")).join("");
  await call("POST", "v1/feedback", { event_id: `page-${id}`, user_id: asked.user, item_id: item.item_id, type });
}

async function afterReaction(what) {
  const count = at("list").querySelectorAll("[data-done]").length;
  const where = asked.user ? "kept." : "kept for this visit: no user is named.";
  at("again-text").textContent = `${counted(count, "reaction")} ${where}`;
  at("again-bar").hidden = false;
  say(what);
  await showHistory();
}

// --- the searches ---

function showSearches() {
  const written = shown.queries;
  at("searches-help").textContent = written.length
    ? "Open one to see what it finds."
    : "None: this list needed no searches.";
  at("searches").replaceChildren(...written.map(searchRow));
}

function searchRow(query, place) {
  const found = shown.items.filter((item) => item.query_ids.includes(place)).length;
  const by = query.by === "user" ? "the user's own words" : `log-probability ${query.score.toFixed(1)}`;
  const hits = made("ol", { className: "hits" });
  const details = made(
    "details",
    { className: "search" },
    made("summary", { text: `${place + 1}. ${query.text}` }),
    made("p", { className: "facts", text: `${counted(found, "item")} of the list; ${by}` }),
    hits,
  );
  details.addEventListener("toggle", () => details.open && attempt(() => showHits(query.text, hits)), { once: true });
  return details;
}

async function showHits(text, list) {
  const body = { text, k: 5 };
  if (asked.where) body.where = asked.where;
  const { items } = await call("POST", "v1/search", body);
  for (const item of items) titles.set(item.item_id, item.title);
  list.replaceChildren(...(items.length ? items.map((item) => made("li", { text: item.title })) : [made("li", { text: "Nothing." })]));
}

// --- the history ---

const DONE = { rating: "rated", like: "liked", dislike: "disliked", hide: "hid", purchase: "bought", view: "viewed", click: "clicked", cart: "put into the cart", wishlist: "put on the wish list", search: "searched" };

async function showHistory(k = 10) {
  if (!asked.user) return showVisit();
  const told = await call("GET", `v1/users/${encodeURIComponent(asked.user)}/history?k=${k}`);
  for (const event of told.events) if (event.item_id) titles.set(event.item_id, event.title);
  at("history").replaceChildren(...told.events.map(eventRow));
  at("history-help").textContent = told.total
    ? `The newest ${told.events.length} of ${counted(told.total, "event")}.`
    : "Nothing is known of this user.";
  document.getElementById("more-history")?.remove();
  if (told.total > told.events.length && k < 100) at("history").after(moreButton());
}

function showVisit() {
  document.getElementById("more-history")?.remove();
  at("history-help").textContent = asked.liked.length + asked.hidden.length
    ? "Of this visit. It is not kept on the server."
    : "No user is named. What you like here counts for this visit.";
  const rows = [["like", asked.liked], ["hide", asked.hidden]].flatMap(([type, ids]) => ids.map((item_id) => eventRow({ type, item_id, title: titles.get(item_id) })));
  at("history").replaceChildren(...rows);
}

function moreButton() {
  const button = made("button", { id: "more-history", type: "button", text: "Show up to 100" });
  button.addEventListener("click", () => attempt(() => showHistory(100)));
  return button;
}

function eventRow(event) {
  const words = [DONE[event.type] || event.type];
  if (event.value !== null && event.value !== undefined) words.push(String(event.value));
  if (event.timestamp) words.push(new Date(event.timestamp * 1000).toLocaleDateString(undefined, { dateStyle: "medium" }));
  const title = event.title || event.item_id || `“${event.text || ""}”`;
  return made("li", { text: title }, made("span", { className: "what", text: words.join(", ") }));
}

// --- the other models ---

async function compare() {
  const ids = new Set(shown.items.map((item) => item.item_id));
  const answered = asked.model || models.find((each) => each.is_default)?.id;
  const rest = models.filter((each) => each.id !== answered);
  const parts = rest.map((model) => made("section", {}, made("h3", { text: model.id }), made("p", { className: "help", text: model.fault || (model.kind === model.id ? "" : model.kind) })));
  at("others").replaceChildren(...parts);
  const mine = shown;
  for (const [place, model] of rest.entries()) {
    if (model.fault) continue;
    say(`Asking ${model.id} …`);
    const body = { ...bodyOf(asked), explain: "none" };
    const part = parts[place];
    try {
      const answer = await call("POST", pathOf(model.id), body);
      part.append(...saidBy(answer, ids));
    } catch (error) {
      if (error.status === 401) throw error;
      part.append(made("p", { className: "notice bad", text: [error.message, error.told?.why].filter(Boolean).join(": ") }));
    }
    if (mine !== shown) return; // another list was asked for meanwhile
  }
  say(`${counted(rest.length, "model")} asked.`);
}

function saidBy(answer, ids) {
  const notes = [...(answer.degraded ? [answer.degraded_reason] : []), ...answer.warnings];
  const rows = answer.items.map((item) => {
    const isShared = ids.has(item.item_id);
    const title = made("span", { text: item.title }, ...(isShared ? [made("span", { className: "said", text: " (in the list above)" })] : []));
    return made("li", {}, made("span", { className: isShared ? "dot shared" : "dot", "aria-hidden": "true" }), title);
  });
  const shared = answer.items.filter((item) => ids.has(item.item_id)).length;
  return [
    made("p", { className: "help", text: `${shared} of ${answer.items.length} in the list above` }),
    ...notes.map((text) => made("p", { className: "help", text })),
    made("ol", {}, ...rows),
  ];
}

async function loadModels() {
  models = (await call("GET", "v1/models")).data.filter((each) => each.kind !== "chat");
  const chosen = at("model").value;
  at("model").replaceChildren(
    ...models.filter((each) => !each.fault).map((each) => made("option", { value: each.id, text: each.is_default ? `${each.id} (default)` : each.id })),
  );
  if (chosen) at("model").value = chosen;
}

// --- what people press ---

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const next = question();
  if (!next.user && !next.wish) {
    showFault(new Error("Give a user id, or a wish in words, or both."));
    return at("user").focus();
  }
  attempt(() => ask(next));
});

at("again").addEventListener("click", () => attempt(async () => {
  await ask(asked);
  at("results").focus({ preventScroll: true });
  at("list-title").scrollIntoView();
}));

at("compare").addEventListener("click", () => attempt(compare));

at("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const work = retry;
  sessionStorage.setItem(KEY, at("key").value.trim());
  at("key").value = "";
  at("fault").hidden = true;
  retry = null;
  showKey();
  attempt(async () => {
    await loadModels();
    if (work && work !== loadModels) await work();
  });
});

at("forget-key").addEventListener("click", () => {
  sessionStorage.removeItem(KEY);
  location.reload();
});

showKey();
attempt(loadModels);
