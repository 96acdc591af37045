"""Reads a page as a person would notice it: too wide, untitled, unlabelled, or in the wrong language."""

import re

# Names of goods, firms, people, files, keys and formulas stay as they are in every language.
KEPT = re.compile(
    r"\S+@\S+|https?://\S+|\S+\.(?:csv|tsv|txt|xlsx|zip)|[A-Za-z_]+/[A-Za-z_/]+"
    r"|\b(?:CSV|TSV|XLSX|ZIP|SKU|UTF-8|GB18030|CNY|EUR|Lagom|Prophet|English)\b",
    re.IGNORECASE,
)
CJK = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z][A-Za-z’']+")

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const sticking = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1);
  return sticking.slice(0, 5).map((e) => `${e.tagName}.${e.className} to ${e.getBoundingClientRect().right} px`);
}"""

# Texts of <main>, each with what says it comes from the firm's own files and not from Lagom.
TEXTS = """() => {
  const out = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const theirs =
    "[lang]:not(html), code, script, option, .column-name, td small, th small, a[href^='/products/']";
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement;
    if (!element.closest(theirs) && element.checkVisibility()) out.push(node.textContent.trim().replace(/\\s+/g, " "));
  }
  for (const e of document.querySelectorAll("main [aria-label], main [placeholder], main img[alt]"))
    for (const name of ["aria-label", "placeholder", "alt"]) if (e.hasAttribute(name)) out.push(e.getAttribute(name));
  return out.filter((text) => text);
}"""

BASICS = """() => {
  const faults = [];
  const label = (e) => e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.title;
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!label(e)) faults.push(`no label: ${e.outerHTML.slice(0, 120)}`);
  for (const e of document.querySelectorAll("img:not([alt])")) faults.push(`no alt: ${e.outerHTML.slice(0, 120)}`);
  const heads = document.querySelectorAll("h1");
  if (heads.length !== 1 || !heads[0].textContent.trim()) faults.push(`${heads.length} headings of the first rank`);
  if (!document.title.replace("Lagom", "").replace("·", "").trim()) faults.push("no title");
  for (const e of document.querySelectorAll("[style]:not(.js-plotly-plot *)"))
    if (e.closest("main") && !e.closest("[data-chart]")) faults.push(`inline style: ${e.outerHTML.slice(0, 120)}`);
  return faults;
}"""


def too_wide(page):
    """Name what sticks out to the right, when the page has to be moved sideways."""
    return page.evaluate(TOO_WIDE)


def basics(page):
    """Name what is missing: labels, alternatives, the one heading, the title."""
    return page.evaluate(BASICS)


def untranslated(page, theirs=()):
    """Name English sentences on a page that should be Chinese; `theirs` are texts out of the firm's own files."""
    return [text for text in page.evaluate(TEXTS) if english(text, theirs)]


def english(text, theirs=()):
    """Tell whether a text has no Chinese and three English words or more.

    >>> english("Nothing has been loaded yet."), english("尚未加载 any of the rows"), english("sales.csv")
    (True, False, False)
    """
    if CJK.search(text) or any(name and name in text for name in theirs):
        return False
    return len(WORD.findall(KEPT.sub(" ", text))) >= 3
