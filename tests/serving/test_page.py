"""The page in a real browser, over HTTP: what people see and press, and what it must never do."""

import re
import shutil
import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from genrec.answers import NOTHING_KNOWN
from genrec.assets import asset_path
from genrec.errors import BackendError
from genrec.serving.app import application
from genrec.serving.keys import Keys

playwright = pytest.importorskip("playwright.sync_api", reason="the browser extra is not installed")
BROWSER = next(
    filter(
        None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))
    ),
    None,
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here: apt-get install chromium"),
]
expect = playwright.expect
DONE = re.compile(r"^\d+ items?\.")


@contextmanager
def served(app):
    """The address of an application that a real server runs on a free port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """A page, and what its console said."""

    def __init__(self, browser, address, **how):
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.said = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.said.append(f"REQUEST {request.url}"))
        self.page.goto(address)
        expect(self.page.locator("h1")).to_have_text("genrec")

    def ask(self, *, user="", wish=""):
        self.page.get_by_label("User id").fill(user)
        self.page.get_by_label("Wish, in words").fill(wish)
        self.page.get_by_role("button", name="Recommend").click()
        expect(self.page.locator("#status")).to_contain_text(DONE)
        return self.titles()

    def again(self):
        self.page.get_by_role("button", name="Ask again").click()
        expect(self.page.locator("#status")).to_contain_text(DONE)
        return self.titles()

    def titles(self):
        return self.page.locator("#list h3").all_text_contents()

    def wrong(self):
        return [each for each in self.said if not each.startswith("REQUEST")]


@pytest.fixture
def visit(browser, live):
    opened = []
    with served(application(live, keys=Keys({}), threads=2)) as address:

        def begin(**how):
            opened.append(Visit(browser, address, **how))
            return opened[-1]

        yield begin
        for each in opened:
            assert each.wrong() == []
            assert all(f"REQUEST {address}" in one for one in each.said)  # nothing from elsewhere
            each.context.close()


def test_a_user_sees_list_reasons_evidence_searches_hits_and_history(visit):
    seen = visit()
    titles = seen.ask(user="ann")
    page = seen.page
    assert "Red running shoes" not in titles  # ann has them
    expect(page.locator("#list-title")).to_have_text("For user ann")
    expect(page.locator("#list .reason").first).not_to_be_empty()
    page.locator("#list summary").first.press("Enter")
    expect(page.locator("#list .evidence li").first).to_be_visible()
    searches = page.locator("#searches summary")
    assert searches.all_text_contents() == ["1. trail shoes", "2. rain jacket"]
    searches.nth(1).press("Enter")
    expect(page.locator("#searches .hits").nth(1)).to_contain_text("Rain jacket")
    assert page.locator("#history li").all_text_contents()[0].startswith("Trail shoesviewed")
    expect(page.locator("#degraded")).to_be_hidden()


def test_like_and_hide_change_the_very_next_list_and_are_kept(visit, live):
    seen = visit()
    before = seen.ask(user="ann")
    page = seen.page
    page.get_by_role("button", name=f"Hide {before[0]}").click()
    page.get_by_role("button", name=f"Like {before[1]}").click()
    expect(page.locator("#again-text")).to_contain_text("2 reactions kept.")
    page.get_by_role("button", name=f"Liked {before[1]}").click(force=True)  # once is enough
    after = seen.again()
    assert not set(before[:2]) & set(after)
    assert sorted((each.type, each.user_id) for each in live.store.since(0)) == [
        ("hide", "ann"),
        ("like", "ann"),
    ]
    expect(page.locator("#history li").first).to_contain_text(before[1])


def test_a_visit_without_a_user_keeps_nothing_on_the_server(visit, live):
    seen = visit()
    before = seen.ask(wish="trail")
    seen.page.get_by_role("button", name=f"Hide {before[0]}").click()
    seen.page.get_by_role("button", name=f"Like {before[1]}").click()
    expect(seen.page.locator("#again-text")).to_contain_text("no user is named")
    assert not set(before[:2]) & set(seen.again())
    assert live.store.place == 0


def test_it_says_when_an_answer_is_degraded_and_why(visit, generator):
    seen = visit()
    generator.failure = BackendError("the model server cannot be reached")
    assert seen.ask(user="ann")
    note = seen.page.locator("#degraded")
    expect(note).to_contain_text("made without the language model")
    expect(note).to_contain_text("the model server cannot be reached")
    seen.ask(user="nobody")
    expect(note).to_contain_text("Nothing is known of this user yet")
    assert f'"{NOTHING_KNOWN}"' in asset_path("serve", "page/page.js").read_text()


def test_other_models_say_what_the_api_says(visit):
    seen = visit()
    seen.ask(user="ann")
    seen.page.get_by_role("button", name="Ask them").click()
    expect(seen.page.locator("#status")).to_have_text("3 models asked.")
    assert seen.page.locator("#others h3").all_text_contents() == ["item-knn", "popularity", "rules"]
    for part in seen.page.locator("#others section").all():
        assert part.locator("li").count() == 5
    seen.page.get_by_text("More choices").click()
    seen.page.get_by_label("Model", exact=True).select_option("rules")
    seen.ask(user="ann")
    expect(seen.page.locator("#facts")).to_contain_text("Model rules")


def test_an_error_is_told_in_the_words_of_the_api(visit):
    seen = visit()
    seen.page.get_by_text("More choices").click()
    seen.page.get_by_label("Only items where").fill("colour = 3")
    seen.page.get_by_label("User id").fill("ann")
    seen.page.get_by_role("button", name="Recommend").click()
    expect(seen.page.get_by_role("alert")).to_contain_text("colour")
    expect(seen.page.locator("#status")).to_have_text("")
    seen.said = [each for each in seen.said if "400" not in each]  # Chromium notes each such reply


def test_text_of_the_catalogue_is_never_markup(visit, live):
    title = '<img src=x onerror="document.title=1"><b>Trail</b> & <script>document.title=1</script>'
    live.put_item({"item_id": "9", "title": title, "brand": "<i>Moor</i>", "price": 1.0})
    seen = visit()
    assert title in seen.ask(user="bob", wish="trail")
    seen.page.get_by_role("button", name=f"Like {title}").click()
    expect(seen.page.locator("#history li").first).to_contain_text(title)
    assert seen.page.locator("main img, main b, main script, main i").count() == 0
    assert seen.page.title() == "genrec"


def test_it_asks_for_a_key_and_forgets_it_with_the_tab(browser, live):
    keys, key = Keys({}).with_new("shop")
    with served(application(live, keys=keys, threads=2)) as address:
        seen = Visit(browser, address)
        page = seen.page
        page.get_by_label("API key").fill("genrec_wrong")
        page.get_by_role("button", name="Use this key").click()
        expect(page.get_by_role("alert")).to_contain_text("does not know this key")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#key-form")).to_be_hidden()
        assert seen.ask(user="ann")
        page.reload()
        assert seen.ask(user="ann")
        assert page.evaluate_handle("localStorage").get_property("length").json_value() == 0
        assert key not in seen.context.storage_state(indexed_db=True).__repr__()
        page.get_by_role("button", name="Forget the key").click()
        expect(page.get_by_label("API key")).to_be_visible()
        seen.context.close()


def test_the_keyboard_alone_is_enough(visit):
    seen = visit()
    page = seen.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#user")).to_be_focused()
    assert page.locator("#user").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.type("ann")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text(DONE)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate_handle("document.activeElement").as_element().text_content() == "Hide":
            break
    hidden = seen.titles()[0]
    page.keyboard.press("Enter")
    expect(page.locator("#list .item.hidden h3")).to_have_text(hidden)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_needs_no_sideways_scrolling_and_is_legible(visit, scheme):
    seen = visit(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    seen.ask(user="ann")
    width = seen.page.locator("html").evaluate("e => e.scrollWidth")
    assert width == 320
    for place in ("body", ".help", ".reason", "button.main", "#facts"):
        assert contrast(seen.page.locator(place).locator("visible=true").first) >= 4.5, place
    for button in seen.page.locator("#list button").all():
        assert button.bounding_box()["height"] >= 40


def contrast(element):
    """The ratio of WCAG 2.2 between an element's text and what lies behind it."""
    ink, ground = element.evaluate(
        """e => { const ink = getComputedStyle(e).color; let at = e, ground = null;
                  do { ground = getComputedStyle(at).backgroundColor; at = at.parentElement; }
                  while (at && ground === "rgba(0, 0, 0, 0)"); return [ink, ground]; }"""
    )
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(each) / 255 for each in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
