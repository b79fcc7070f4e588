"""How mails look on a phone: each kind in each language, by day, by night, and in a program that
drops the style element. They hold no images, and ask for nothing: blocking images changes nothing.
"""

from collections import Counter
from collections.abc import Iterable

from playwright.async_api import Page

from tests import fullest
from tests.browser.chromium import PHONE, Chromium
from tests.browser.mail_kinds import KINDS, mails
from tests.conformance.rows import Row
from tracker.locale import languages

WIDTH, HEIGHT = PHONE
CONTRAST_LEAST = 4.5
"""Of text on what is behind it (WCAG 2.2, 1.4.3)."""

SCREENS_MOST = 3
"""Of a phone, that the digest of a mayor or officer takes who has a lot in each of its parts."""

LOOKS = ("light", "dark", "bare")
"""As it is; as somebody sees it who prefers the dark; without its style element."""


async def check(
    chromium: Chromium, tongues: Iterable[str] = (), kinds: Iterable[str] = KINDS
) -> list[Row]:
    """Lay mails of the kinds out in these languages, or in all, and look at them in each way.
    Pictures are of all digests, and of each other kind in one language after the other."""
    context = await chromium.browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tongues, found, taken = sorted(tongues or languages()), Counter[str](), len(chromium.taken)
    for turn, language in enumerate(tongues):
        for place, (name, mail) in enumerate(mails(language, kinds)):
            shown = name == "digest" or place % len(tongues) == turn
            for look in LOOKS:
                label = f"mail-{name}-{place}-{language}-{look}"
                await show(page, mail.html, look)
                found += await faults(page, label)
                if shown and chromium.shots:
                    await shoot(chromium, page, label)
    tallest = 0
    for language in tongues:
        for made in fullest.usual(language):
            await show(page, made.html, "light")
            tallest = max(tallest, await page.evaluate("document.documentElement.scrollHeight"))
    await context.close()
    return [
        Row("mails.languages", len(tongues), at_least=1),
        Row("mails.laid_out", found["laid_out"], at_least=1),
        Row("mails.pictures", len(chromium.taken) - taken, at_least=0),
        Row("mails.overflowing", found["overflowing"], at_most=0),
        Row("mails.cut_at_start", found["cut"], at_most=0),
        Row("mails.low_contrast", found["low_contrast"], at_most=0),
        Row("mails.digest_screens", tallest / HEIGHT, at_most=SCREENS_MOST),
        Row("mails.images", found["images"], at_most=0),
        Row("mails.asking_for_more", len(asked), at_most=0),
    ]


async def show(page: Page, html: str, look: str) -> None:
    """Open the mail as a program for mails would."""
    await page.emulate_media(color_scheme="dark" if look == "dark" else "light")
    await page.set_content(html)
    if look == "bare":
        await page.evaluate("document.querySelector('style').remove()")


async def faults(page: Page, label: str) -> Counter[str]:
    """What is wrong with the mail that the page shows, said on a line each, and counted."""
    measured = await page.evaluate(_MEASURED)
    dim = [each for each in measured["texts"] if each["contrast"] < CONTRAST_LEAST]
    for each in dim:
        print(f"{label}: contrast {each['contrast']:.2f}: {each['text']}")
    if measured["over"] > 0:
        print(f"{label}: {measured['over']} px wider than a phone")
    for text in measured["cut"]:
        print(f"{label}: cut at its start: {text}")
    return Counter(
        laid_out=int(bool(measured["texts"])),
        overflowing=int(measured["over"] > 0),
        cut=len(measured["cut"]),
        low_contrast=len(dim),
        images=measured["images"],
    )


async def shoot(chromium: Chromium, page: Page, label: str) -> None:
    """A picture of the whole mail."""
    assert chromium.shots
    path = chromium.shots / f"{label}.png"
    await page.screenshot(path=path, full_page=True)
    chromium.taken.append(path)


# Luminance and contrast are WCAG's; text of no size, as in bars, is none. A line that is too long
# is cut where its own direction ends: what it holds of the other direction loses its start.
_MEASURED = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = colour => {
        const [r, g, b] = parts(colour).map(each => each / 255)
            .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((parts(colour)[3] ?? 1) > 0) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const contrast = element => {
        const both = [getComputedStyle(element).color, behind(element)].map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; node = walker.nextNode();) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.getClientRects().length) continue;
        if (parseFloat(getComputedStyle(element).fontSize) === 0) continue;
        texts.push({text: node.data.trim().slice(0, 60), contrast: contrast(element)});
    }
    const drawn = [...document.querySelectorAll("*")]
        .filter(each => getComputedStyle(each).backgroundImage !== "none");
    const direction = each => getComputedStyle(each).direction;
    const cut = [...document.querySelectorAll("[style*=ellipsis]")]
        .filter(each => each.scrollWidth > each.clientWidth)
        .filter(each => [...each.children].some(held => direction(held) !== direction(each)))
        .map(each => each.textContent.trim());
    return {
        texts,
        cut,
        over: document.documentElement.scrollWidth - innerWidth,
        images: document.querySelectorAll("img, svg, picture, video").length + drawn.length,
    };
}"""
