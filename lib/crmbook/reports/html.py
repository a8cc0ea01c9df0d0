"""A run notebook as a page that opens without a network: prose, figures, tables; its code one click away."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import PurePosixPath
from xml.etree import ElementTree

import jinja2
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

from crmbook.data.faults import visible
from crmbook.locale import entries, language, text
from crmbook.locale import name as _name
from crmbook.reports import selection, widgets
from crmbook.reports.kernel import FIGURES
from crmbook.reports.tables import WORKBOOK

LANGUAGE_CODES = {"en": "en", "zh": "zh-CN"}
_PLOTLY = "application/vnd.plotly.v1+json"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

_TAGS = (
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
    "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
)  # fmt: skip
_ATTRIBUTES = {
    "*": ["class", "id", "style", "title", "lang", "dir"],
    "a": ["href"],
    "td": ["colspan", "rowspan", "headers"],
    "th": ["colspan", "rowspan", "scope", "headers"],
    "ol": ["start"],
    "details": ["open"],
}
_MATH_TAGS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "mstyle", "merror", "mpadded",
    "mphantom", "mfenced", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts",
    "mtable", "mtr", "mlabeledtr", "mtd",
))  # fmt: skip
_NO_MATH_ATTRIBUTES = re.compile(r"on.*|href|src|style|id|class|.*\}href", re.IGNORECASE)
_SILENT_ELEMENT = re.compile(r"<(script|iframe|object|template|noscript)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_STYLE_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)(</style\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_STYLE_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_OF_A_TABLE = re.compile(r"\s*(#T_\w+|\.dataframe)\b[^@\\<]*")

_PAGE_WORDS = ("all_reports", "contents", "files", "for_programs", "hide_code", "show_code", "not_applicable")
_SUMMARY_WORDS = ("findings", "actions", "key_figures", "open", "see", "list", "scope")
_INDEX_WORDS = ("lesson", "data", "as_of", "data_to", "rows", "status")
_INDEX_FINDINGS = 7  # of all reports together, at most
_OF_A_REPORT = 2  # of one report, at most
_NUMBERED = re.compile(r"(\d+) ·")
# what plotly says on its own: hover texts and the buttons over a figure
_FIGURE_WORDS = (
    "figure_download", "figure_zoom", "figure_pan", "figure_zoom_in", "figure_zoom_out", "figure_autoscale",
    "figure_reset", "figure_reset_view", "figure_snapshot", "figure_saved", "figure_no_saving", "figure_hover_closest",
    "figure_hover_compare", "figure_toggle_hover", "figure_spikes", "figure_double_click", "figure_double_click_back",
    "figure_incoming", "figure_outgoing", "figure_source", "figure_target", "figure_maximum", "figure_minimum",
    "figure_mean", "figure_median", "figure_q1", "figure_q3", "figure_lower_fence", "figure_upper_fence",
    "figure_density",
)  # fmt: skip


# what a title takes of a figure's height, in pixels; see `crmbook.figures.style.heading`
_TITLE_ROOM, _TITLE_LINE, _LEAST_MARGIN = 12, 24, 36


def page(
    notebook: NotebookNode,
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[str] = (),
    failure: str | None = None,
    lessons: Collection[str] = (),
    assets: str = "../assets",
) -> str:
    """Return a run notebook as one HTML page in the language in use.

    Parameters
    ----------
    notebook : NotebookNode
        With its outputs and the state of its widgets. What of it a report takes is said in `selection`.
    facts : sequence of (str, str)
        What stands under the title: names and values, in words.
    tables : sequence of str
        Files written for the page, as addresses relative to it.
    failure : str, optional
        Why the run stopped before the end, in words.
    lessons : collection of str
        Names of the lessons that have a page beside this one; links to other notebooks become plain text.
    assets : str
        Address of the folder that holds ``plotly.min.js``, relative to the page.

    Notes
    -----
    Everything that a cell put out is made safe: HTML loses scripts, handlers and foreign styles, figures travel as JSON
    that cannot end its element. On top of that the page's content security policy lets no script run but plotly's and
    the page's own, and asks nothing of any network.
    """
    prose = _Prose(lessons)
    figures = _Figures()
    cells = list(_rendered(notebook, prose, figures))
    script = _source("page.js").strip()
    summary, closed = selection.summary(notebook.cells)
    for action in summary.get("actions", []):
        action["at_stake"] = text("summary.at_stake", money=action["money"])
    return visible(
        _environment()
        .get_template("page.html.j2")
        .render(
            title=prose.title or text("reports.untitled"),
            language=LANGUAGE_CODES[language()],
            facts=facts,
            summary=summary,
            closed=closed,
            anchors={int(found[1]): anchor for _, anchor, words in prose.contents if (found := _NUMBERED.match(words))},
            lists=_lists(tables),
            named=_name,
            workbooks=[address for address in tables if address.endswith(".xlsx")],
            tables=[address for address in tables if not address.endswith(".xlsx")],
            failure=failure,
            contents=prose.contents,
            cells=cells,
            figures=figures,
            settings=Markup(_script_json(_figure_settings())),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=Markup(_source("page.css") + _code_style()),
            assets=assets,
            words={name: text(f"reports.{name}") for name in _PAGE_WORDS}
            | {name: text(f"summary.{name}") for name in _SUMMARY_WORDS},
        )
    )


def _lists(tables: Sequence[str]) -> dict[str, str]:
    """Return where each list stands: in the workbook for people, else in its own file."""
    workbook = next((address for address in tables if PurePosixPath(address).name == WORKBOOK), "")
    return {PurePosixPath(address).stem: workbook or address for address in tables if not address.endswith(".xlsx")}


def index(groups: Mapping[str, Sequence[Mapping]]) -> str:
    """Return the page that links to all others; ``groups`` has the rows of each language, ready to show.

    It opens with the findings of all reports together, at most two of each, and shows one language at a time.
    """
    words = dict(entries())
    first = next(iter(groups), language())
    return visible(
        _environment()
        .get_template("index.html.j2")
        .render(
            groups=groups,
            language=LANGUAGE_CODES[first],
            codes=LANGUAGE_CODES,
            style=Markup(_source("page.css")),
            title=" · ".join(words["reports.index_title"][code] for code in groups) or text("reports.index_title"),
            told={code: _of_all(rows) for code, rows in groups.items()},
            words={code: {"findings": words["summary.findings"][code]} for code in groups},
            named={code: words["reports.language"][code] for code in groups},
            titles={code: words["reports.index_title"][code] for code in groups},
            headings={code: [words[f"reports.{name}"][code] for name in _INDEX_WORDS] for code in groups},
        )
    )


def _of_all(rows: Sequence[Mapping]) -> list[dict]:
    """Return the findings that stand first among all reports: the certain before the others, the larger first."""
    found = [
        {**finding, "page": row["page"], "title": row["title"]}
        for row in rows
        for finding in row.get("summary", {}).get("findings", [])[:_OF_A_REPORT]
    ]
    return sorted(found, key=lambda finding: (not finding["certain"], -finding["size"]))[:_INDEX_FINDINGS]


def batch_index(rows: Sequence[Mapping]) -> str:
    """Return the page that finds a report of a batch; its words are of the language in use, each row's of its own."""
    script = _source("batch.js").strip()
    codes = ("done", "failed", "not_applicable")
    return (
        _environment()
        .get_template("batch.html.j2")
        .render(
            rows=rows,
            code=LANGUAGE_CODES[language()],
            codes=LANGUAGE_CODES,
            words={name: text(f"reports.{name}") for name in ("index_title", "search", "status", "all_of_them")},
            headings=[text(f"reports.{name}") for name in ("row", *_INDEX_WORDS) if name != "data_to"],
            statuses=[{"code": code, "said": text(f"reports.status_{code}")} for code in codes],
            style=Markup(_source("page.css")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def safe(fragment: str) -> Markup:
    """Return HTML from a notebook without anything that could run, reach out or restyle the page.

    Examples
    --------
    >>> str(safe('<b onclick="x()">tea</b><script>steal()</script>'))
    '<b>tea</b>'
    """
    styles = "".join(_table_rules(match.group(1)) for match in _STYLE_ELEMENT.finditer(fragment))
    body = _cleaner().sanitize_html_tags(_SILENT_ELEMENT.sub("", _STYLE_ELEMENT.sub("", fragment)))
    wrapped = body.replace("<table", '<div class="table" tabindex="0"><table').replace("</table>", "</table></div>")
    return Markup((f"<style>{styles}</style>" if styles else "") + wrapped)


def formula(latex: str, display: str = "inline") -> Markup:
    """Return a LaTeX formula as MathML, which browsers draw without help; one that cannot be read stays as code.

    Examples
    --------
    >>> formula("x^2").startswith("<math") and formula(r"\\text{<b>}").startswith("<code>")
    True
    """
    from latex2mathml.converter import convert

    try:
        made = convert(latex.replace("{aligned}", "{align*}"), display=display)
        nodes = list(ElementTree.fromstring(made).iter())
    except Exception:  # the converter raises many kinds, and a formula must never stop a report
        return Markup("<code>{}</code>").format(latex)
    names = {str(node.tag).rpartition("}")[2] for node in nodes}
    attributes = {name for node in nodes for name in node.attrib}
    if names <= _MATH_TAGS and not any(_NO_MATH_ATTRIBUTES.fullmatch(name) for name in attributes):
        return Markup(made)
    return Markup("<code>{}</code>").format(latex)


# --- prose ------------------------------------------------------------------------------------------------------------


class _Prose(IPythonRenderer):
    """Markdown to HTML; remembers the headings, turns formulas into MathML and keeps only links that lead somewhere."""

    def __init__(self, lessons: Collection[str]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self.title = ""
        self.contents: list[tuple[int, str, str]] = []
        self._lessons = lessons
        self._formulas: list[Markup] = []

    def render(self, source: str) -> Markup:
        made = safe(MarkdownWithMath(renderer=self).render(source))
        # formulas wait outside until the HTML around them has been cleaned
        return Markup(re.sub("\ue000(\\d+)\ue001", lambda match: self._formulas[int(match.group(1))], made))

    def inline(self, source: str) -> Markup:
        """Return words without a paragraph around them."""
        return Markup(re.sub(r"</?p[^>]*>", "", self.render(source)).strip())

    def heading(self, text: str, level: int, **attrs: object) -> str:
        words = html.unescape(re.sub("\ue000\\d+\ue001", "", Markup(text).striptags()))
        if level == 1 and not self.title:
            self.title = words
            return ""
        numbered = _NUMBERED.match(words)
        anchor = f"section-{numbered[1]}" if numbered else words.replace(" ", "-")
        taken = {known for _, known, _ in self.contents}
        anchor = anchor if anchor not in taken else f"{anchor}-{len(taken)}"
        self.contents.append((level, anchor, words))
        return f'<h{level} id="{html.escape(anchor)}">{text}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        notebook = re.fullmatch(r"(?:.*/)?([\w-]+)\.ipynb(#.*)?", url)
        if notebook and notebook.group(1) in self._lessons:
            url = f"{notebook.group(1)}.html{notebook.group(2) or ''}"
        elif not url.startswith(("#", "https://", "http://", "mailto:")):
            return text
        return str(super().link(text, url, title))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return html.escape(text)

    def block_math(self, body: str) -> str:
        return self._kept(formula(body, "block"))

    def inline_math(self, body: str) -> str:
        return self._kept(formula(body))

    def latex_environment(self, name: str, body: str) -> str:
        return self._kept(formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block"))

    def _kept(self, made: Markup) -> str:
        self._formulas.append(made)
        return f"\ue000{len(self._formulas) - 1}\ue001"


# --- cells and what they put out --------------------------------------------------------------------------------------


@dataclass
class _Figures:
    """The figures of a page, counted."""

    drawn: list[Markup] = field(default_factory=list)

    def draw(self, spec: Mapping) -> Markup:
        number = len(self.drawn) + 1
        layout = {**spec.get("layout", {}), "autosize": True}
        layout.pop("width", None)
        alt = _alternative(layout) or text("reports.figure", number=number)
        title = _title_above(layout)
        made = Markup(
            '<figure class="figure">{caption}<div class="plot" id="figure-{number}" role="img" aria-label="{alt}"'
            ' style="height:{height}px"><p>{alt}</p></div>'
            '<script type="application/json" data-figure="figure-{number}">{spec}</script></figure>'
        ).format(
            caption=Markup("<figcaption>{}</figcaption>").format(title) if title else "",
            number=number,
            alt=alt,
            height=int(layout.get("height") or 450),
            spec=Markup(_script_json({"data": spec.get("data", []), "layout": layout})),
        )
        self.drawn.append(made)
        return made


def _title_above(layout: dict) -> str:
    """Take a figure's title out of it, with the room it had: above the figure, as text, it wraps on any screen."""
    title = layout.get("title") or {}
    words = str((title.get("text") if isinstance(title, Mapping) else title) or "")
    if not words:
        return ""
    layout["title"] = {**title, "text": ""} if isinstance(title, Mapping) else {"text": ""}
    margin = dict(layout.get("margin") or {})
    taken = _TITLE_ROOM + _TITLE_LINE * (words.count("<br>") + 1)
    if "t" in margin:
        freed = min(taken, max(0, int(margin["t"]) - _LEAST_MARGIN))
        layout["margin"] = {**margin, "t": int(margin["t"]) - freed}
        if "height" in layout:
            layout["height"] = int(layout["height"]) - freed
    else:
        layout["margin"] = {**margin, "t": _LEAST_MARGIN}
    return Markup(words.replace("<br>", " ")).striptags()


def _alternative(layout: Mapping) -> str:
    meta, title = layout.get("meta"), layout.get("title") or {}
    said = meta.get("alt") if isinstance(meta, Mapping) else None
    named = title.get("text") if isinstance(title, Mapping) else title
    return str(said or Markup(str(named or "").replace("<br>", " ")).striptags())


def _rendered(notebook: NotebookNode, prose: _Prose, figures: _Figures) -> Iterator[Markup]:
    """Yield the report's cells in order, the settings last; code that puts nothing out joins the code after it."""
    taken = selection.sections(notebook.cells)
    settings = [cell for section in taken for cell in selection.settings(section)]
    code: list[str] = []
    for section in taken:
        if section.is_one_line:
            yield _one_line(section, prose)
            continue
        said: set[str] = set()
        for cell in section.cells:
            if cell.cell_type == "markdown":
                yield from _after(code, [_words(prose.render(cell.source))])
            elif cell.cell_type == "code" and cell not in settings:
                code += [cell.source] if cell.source.strip() else []
                yield from _after(code, [*_outputs(cell, said, notebook, prose, figures)])
    if code:
        yield _code(code)
    if settings:
        yield _words(prose.render(f"## {text('reports.settings')}"))
        yield _code([cell.source for cell in settings])
    for cell in settings:
        yield from _outputs(cell, set(), notebook, prose, figures)


def _after(code: list[str], shown: Sequence[Markup]) -> Iterator[Markup]:
    """Yield what is shown, and before it the code that is still waiting."""
    if code and shown:
        yield _code(code)
        code.clear()
    yield from shown


def _words(made: Markup) -> Markup:
    return Markup('<section class="prose">{}</section>').format(made)


def _one_line(section: selection.Section, prose: _Prose) -> Markup:
    """A section of which nothing opens: its name and why, and no place in the contents."""
    name = prose.inline(section.heading)
    because = Markup("</p><p>").join(section.closed)
    return Markup('<div class="closed"><p><strong>{}</strong></p><p>{}</p></div>').format(name, because)


def _outputs(
    cell: NotebookNode, said: set[str], notebook: NotebookNode, prose: _Prose, figures: _Figures
) -> Iterator[Markup]:
    """Yield what a cell put out; why cells are closed is said once in a section."""
    for output in cell.outputs:
        if not selection.is_closed(output):
            yield from _output(output, notebook, prose, figures)
        elif (reason := selection.reason(output)) not in said:
            said.add(reason)
            yield Markup('<p class="closed">{}</p>').format(reason)


def _code(sources: Sequence[str]) -> Markup:
    coloured = Markup(Highlight2HTML(pygments_lexer="ipython3")("\n\n".join(sources)))
    return Markup('<details class="code"><summary>{}</summary>{}</details>').format(text("reports.code"), coloured)


def _output(output: NotebookNode, notebook: NotebookNode, prose: _Prose, figures: _Figures) -> Iterator[Markup]:
    if output.output_type == "stream":
        # warnings name folders of the machine and speak to programmers; the run shows them on the terminal
        if output.name == "stdout":
            yield Markup("<pre>{}</pre>").format(strip_ansi(output.text))
        return
    if output.output_type == "error":
        yield Markup('<p class="failure">{}</p>').format(strip_ansi(f"{output.ename}: {output.evalue}"))
        return
    data = output.data
    if _PLOTLY in data:
        yield figures.draw(data[_PLOTLY])
    elif _WIDGET in data:
        yield from _panel(data, notebook, figures)
    elif "text/html" in data:
        yield Markup('<div class="output">{}</div>').format(safe(data["text/html"]))
    elif "text/markdown" in data:
        yield Markup('<section class="prose">{}</section>').format(prose.render(data["text/markdown"]))
    elif image := next((kind for kind in ("image/svg+xml", "image/png", "image/jpeg") if kind in data), None):
        yield _image(image, data[image])
    elif "text/latex" in data:
        yield formula(data["text/latex"].strip().strip("$"), "block")
    elif "text/plain" in data:
        yield Markup("<pre>{}</pre>").format(strip_ansi(data["text/plain"]))


def _panel(data: Mapping, notebook: NotebookNode, figures: _Figures) -> Iterator[Markup]:
    state = notebook.metadata.get("widgets", {}).get(_WIDGET_STATE, {}).get("state", {})
    parts = widgets.shown(data[_WIDGET]["model_id"], state, data.get(FIGURES, {}))
    for _, together in groupby(parts, key=type):
        side_by_side = list(together)
        controls = [part for part in side_by_side if isinstance(part, widgets.Control)]
        if controls:
            yield _controls(controls)
        for part in side_by_side:
            if isinstance(part, widgets.Figure):
                yield figures.draw(part.spec)
            elif isinstance(part, widgets.Html):
                yield Markup('<div class="output">{}</div>').format(safe(part.html))
            elif isinstance(part, widgets.Words):
                yield Markup("<p>{}</p>").format(part.words)


def _controls(controls: Iterable[widgets.Control]) -> Markup:
    named = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(control.label, control.value) for control in controls
    )
    return Markup('<dl class="controls" aria-label="{}">{}</dl>').format(text("reports.controls"), named)


def _image(kind: str, content: str) -> Markup:
    encoded = base64.b64encode(content.encode()).decode() if kind == "image/svg+xml" else content.replace("\n", "")
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, encoded, text("reports.image"))


# --- made safe --------------------------------------------------------------------------------------------------------


@cache
def _cleaner() -> SanitizeHTML:
    return SanitizeHTML(tags=list(_TAGS), attributes=_ATTRIBUTES, strip=True)


def _table_rules(css: str) -> str:
    """Return the rules that style a pandas table, and no others: a customer's text must not restyle the page."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    kept = []
    for selectors, declarations in _STYLE_RULE.findall(css):
        is_table = all(_OF_A_TABLE.fullmatch(selector) for selector in selectors.split(","))
        if is_table and not re.search(r"[<\\@]|url\s*\(|expression\s*\(", declarations):
            kept.append(f"{selectors.strip()}{{{declarations.strip()}}}")
    return "\n".join(kept)


def _script_json(value: object) -> str:
    """Return JSON that can stand inside a script element: it holds no ``<``, and no line end that JavaScript counts."""
    try:
        made = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        made = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        made = made.replace(character, f"\\u{ord(character):04x}")
    return made


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# --- templates --------------------------------------------------------------------------------------------------------


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("crmbook.reports"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def _source(name: str) -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


@cache
def _code_style() -> str:
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

    return str(HtmlFormatter().get_style_defs(".highlight"))


def _figure_settings() -> dict:
    """Return what plotly.js needs to speak the page's language."""
    words = dict(entries())
    code = language()
    months = text("reports.months").split()
    return {
        "locale": f"{LANGUAGE_CODES[code]}-crmbook",
        "words": {words[f"reports.{name}"]["en"]: words[f"reports.{name}"][code] for name in _FIGURE_WORDS},
        "format": {
            "days": text("reports.days").split(),
            "shortDays": text("reports.short_days").split(),
            "months": months,
            "shortMonths": text("reports.short_months").split(),
            "date": "%Y-%m-%d",
            "year": text("reports.year_format"),
            "month": text("reports.month_format"),
            "dayMonth": text("reports.day_month_format"),
            "dayMonthYear": text("reports.day_month_year_format"),
        },
        "missing": text("reports.no_plotly"),
    }
