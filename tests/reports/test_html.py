"""A run notebook as a page: what is kept, what is made safe, what both languages say."""

from __future__ import annotations

import copy
import json
import re

import pytest
from crmbook.figures.first_screen import SUMMARY
from crmbook.figures.sections import CLOSED
from crmbook.locale import use
from crmbook.reports import html, selection, widgets
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
FURNITURE = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def shown(*cells, **said) -> str:
    return html.page(new_notebook(cells=list(cells)), **said)


def with_output(data: dict, source: str = "1") -> str:
    return shown(new_code_cell(source, outputs=[new_output("display_data", data)]))


def main_part(page: str) -> str:
    return page.split("<main>")[1].split("</main>")[0]


def figures(page: str) -> list[dict]:
    return [json.loads(found) for found in re.findall(r"data-figure=[^>]*>(.*?)</script>", page, flags=re.DOTALL)]


# --- safe -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>steal()</script>",
        "<SCRIPT\n>steal()</SCRIPT >",
        "<scr<script>x</script>ipt>steal()</script>",
        '<img src="x" onerror="steal()">',
        "<svg><script>steal()</script></svg>",
        '<a href="javascript:steal()">x</a>',
        '<a href="jAvA&#115;cript:steal()">x</a>',
        '<iframe src="http://example.com"></iframe>',
        '<form action="http://example.com"><button>x</button></form>',
        '<b onclick="steal()">x</b>',
        '<p style="background:url(http://example.com/x)">x</p>',
        '<link rel="stylesheet" href="http://example.com/x.css">',
        '<meta http-equiv="refresh" content="0;url=http://example.com">',
        "<style>body{display:none}</style>",
        "<style>#T_x{background:url(http://example.com)}</style>",
        "<style>@import 'http://example.com/x.css';</style>",
        "<style>.dataframe td{color:red}</style><script>steal()",
        "<math><mtext><style><img src=x onerror=steal()></style></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=steal()>'></noscript>",
        "<!--><img src=x onerror=steal()>-->",
        '<base href="http://example.com/">',
    ],
)
def test_nothing_hostile_is_left_of_html(hostile):
    made = str(html.safe(hostile))
    assert not re.search(r"<(script|iframe|img|svg|form|link|meta|base|object|noscript|math)", made, re.IGNORECASE)
    assert not re.search(r"<[^>]*\s(on\w+|src|action)\s*=", made, re.IGNORECASE)
    assert not re.search(r"javascript:|url\(|@import|display:\s*none", made, re.IGNORECASE)


def test_a_table_of_pandas_keeps_its_own_style_and_can_scroll():
    import pandas as pd

    styler = pd.DataFrame({"x": [1, 2]}).style.set_table_styles([{"selector": "td", "props": "text-align: right;"}])
    styler = styler.set_uuid("abc").highlight_max(color="#fed")
    made = str(html.safe(styler.to_html()))
    assert re.search(r"#T_abc td\{\s*text-align: right;\s*\}", made) and "background-color: #fed" in made
    assert made.count('<div class="table" tabindex="0"><table id="T_abc">') == 1
    plain = str(html.safe(pd.DataFrame({"x": ["<b>"]})._repr_html_()))
    assert "&lt;b&gt;" in plain and ".dataframe tbody tr th" in plain


def test_no_figure_can_end_its_script_element():
    ends = "</script><script>steal()</script><!-- \u2028\u2029 & <"
    page = with_output({PLOTLY: {"data": [{"type": "bar", "x": [ends], "y": [1]}], "layout": {}}})
    inside = re.search(r'<script type="application/json" data-figure[^>]*>(.*?)</script>', page, re.DOTALL).group(1)
    assert not set(inside) & set("<>&\u2028\u2029")
    assert json.loads(inside)["data"][0]["x"] == [ends]


def test_a_number_that_json_has_no_word_for_is_a_gap_in_the_figure():
    page = with_output({PLOTLY: {"data": [{"y": [1.0, float("nan"), float("inf")]}], "layout": {}}})
    assert figures(page)[0]["data"][0]["y"] == [1.0, None, None]


def test_markdown_from_data_is_made_safe_too():
    page = with_output(
        {"text/markdown": "# <script>steal()</script>\n\n[x](javascript:steal()) $\\text{<script>x</script>}$"}
    )
    assert "<script>steal" not in page and "javascript:" not in main_part(page) and "<script>x" not in page


def test_the_page_forbids_every_script_but_its_own_and_every_address():
    page = shown(new_markdown_cell("# T"))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert policy.startswith("default-src 'none'; script-src 'self' file: 'sha256-")
    assert "unsafe-eval" not in policy and "http" not in policy
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_text_outputs_and_errors_are_escaped_and_warnings_stay_on_the_terminal():
    outputs = [
        new_output("stream", name="stdout", text="\x1b[31m<b>red</b>\x1b[0m"),
        new_output("stream", name="stderr", text="/somewhere/lib.py:1: FutureWarning"),
        new_output("error", ename="ValueError", evalue="<i>", traceback=["File /somewhere"]),
    ]
    page = main_part(shown(new_code_cell("1", outputs=outputs)))
    assert "<pre>&lt;b&gt;red&lt;/b&gt;</pre>" in page
    assert "ValueError: &lt;i&gt;" in page
    assert "somewhere" not in page


# --- prose ------------------------------------------------------------------------------------------------------------


def test_formulas_become_mathml():
    page = main_part(shown(new_markdown_cell("The share $s_k$ is $$\\frac{v_1}{n} < 1$$ and costs 5 \\$ or 6 \\$.")))
    assert page.count("<math") == 2 and page.count('display="block"') == 1 and "<mfrac>" in page
    assert "$$" not in page and "\ue000" not in page


@pytest.mark.parametrize(
    "latex", ["\\text{净额} = \\sum_i x_i", "\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}", "\\hat{p} \\pm z"]
)
def test_the_lessons_kind_of_formula_is_understood(latex):
    assert html.formula(latex).startswith("<math")


@pytest.mark.parametrize("latex", ["\\text{<script>steal()</script>}", "\\text{a & b}", "{", "\\href{javascript:x}{y}"])
def test_a_formula_that_cannot_be_drawn_safely_stays_as_code(latex):
    made = html.formula(latex)
    assert "<script" not in made and not re.search(r"<[^>]*javascript", made)
    assert made.startswith(("<code>", "<math"))


def test_headings_make_the_title_and_the_contents():
    page = shown(
        new_markdown_cell("# Who & what?"),
        new_markdown_cell("## First\n\ntext\n\n### Second"),
        new_markdown_cell("## First"),
    )
    assert "<title>Who &amp; what?</title>" in page and page.count("<h1>") == 1
    links = re.findall(r'<li class="level-(\d)"><a href="#([^"]+)">([^<]+)<', page)
    assert links == [("2", "First", "First"), ("3", "Second", "Second"), ("2", "First-2", "First")]
    assert all(f'id="{anchor}"' in page for _, anchor, _ in links)


def test_links_lead_somewhere_or_are_plain_text():
    source = "[a](02_lifecycle.ipynb) [b](zh/01_tiering.ipynb#x) [c](../docs/glossary.csv) "
    source += "[d](#below) [e](https://example.com)"
    page = main_part(shown(new_markdown_cell(source), lessons=["01_tiering"]))
    assert re.findall(r'href="([^"]+)"', page) == ["01_tiering.html#x", "#below", "https://example.com"]
    assert "a " in page and "c " in page


# --- cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["exercise", "solution", "check", "quiz", "instructor", "teaching"])
def test_teaching_is_left_out_and_no_empty_heading_stays(tag):
    cells = [
        new_markdown_cell("## Kept\n\nprose"),
        new_markdown_cell("## Exercises"),
        new_markdown_cell("task one", metadata={"tags": [tag]}),
        new_code_cell("answer = ...", metadata={"tags": [tag]}),
        new_markdown_cell("## Take-aways\n\nlast"),
    ]
    page = shown(*cells)
    assert "task one" not in page and "answer" not in page and "Exercises" not in page
    assert "Kept" in page and "Take-aways" in page


def test_a_heading_stays_when_its_section_holds_more_than_teaching():
    cells = [
        new_markdown_cell("## Tiers"),
        new_code_cell("1", metadata={"tags": ["check"]}),
        new_markdown_cell("### Details\n\nmore"),
    ]
    assert "Tiers" in main_part(shown(*cells))


def test_code_is_there_but_closed_and_joined_where_nothing_comes_between():
    said = new_output("stream", name="stdout", text="5")
    page = main_part(
        shown(new_code_cell("first = 1"), new_code_cell("second = 2", outputs=[said]), new_code_cell("third = 3"))
    )
    assert page.count('<details class="code"><summary>code</summary>') == 2
    assert "<details open" not in page
    assert page.index("first") < page.index("second") < page.index("<pre>5") < page.index("third")


def test_a_closed_section_says_why_once_under_each_heading(tmp_path):
    cells = [
        new_code_cell("from crmbook import Book, begin\nbegin('tiering')"),
        new_markdown_cell("## Leads"),
        new_code_cell("n = len(Book(as_of=None).need('leads'))"),
        new_code_cell("print(n)"),
        new_markdown_cell("How to read it."),
        new_code_cell("print(n + 1)"),
        new_markdown_cell("### Their sources"),
        new_code_cell("print(n + 2)"),
        new_code_cell("print('on')"),
    ]
    done = NotebookClient(new_notebook(cells=cells), kernel_name="python3").execute(cwd=str(tmp_path))
    sentence = "This needs a table that is not there: leads (Leads). The rest goes on."
    assert sum(sentence in str(cell.get("outputs")) for cell in done.cells) == 4
    page = main_part(html.page(done))
    leads, sources = page.split("Their sources")
    line = "Not in the data: Leads. Send leads.xlsx or leads.csv to open this."
    assert leads.count(line) == 1 and sources.count(line) == 1 and "<pre>on" in sources
    assert "How to read it." not in page and "The rest goes on." not in page


def closed_by(reason: str):
    said = new_output("display_data", {"text/plain": reason}, metadata={**CLOSED, "reason": reason})
    return new_code_cell("closed()", outputs=[said])


def open_with(words: str):
    return new_code_cell("show()", outputs=[new_output("stream", name="stdout", text=words)])


def tagged(words: str, tag: str):
    return new_markdown_cell(words, metadata={"tags": [tag]})


def test_a_section_of_which_nothing_opens_is_one_line_and_not_in_the_contents():
    page = shown(
        new_markdown_cell("## 1 · Money\n\nWhy money."),
        open_with("12"),
        new_markdown_cell("## 2 · Needs\n\nWhy needs."),
        closed_by("no kano"),
        tagged("How to read needs.", "reading"),
    )
    body = main_part(page)
    assert "<strong>2 · Needs</strong>" in body and body.count("no kano") == 1
    assert "Why needs." not in body and "How to read needs." not in body and "Why money." in body
    assert not re.search(r'<li class="level-2"><a[^>]*>2 ·', page)


def test_an_explanation_stands_only_with_its_output():
    cells = [
        new_markdown_cell("## 1 · Groups\n\nBefore the closed one."),
        closed_by("no tiers"),
        tagged("About the closed one.", "reading"),
        new_markdown_cell("Before the open one."),
        open_with("7"),
        tagged("About the open one.", "reading"),
        new_markdown_cell("Before another closed one."),
        closed_by("no waves"),
    ]
    page = main_part(shown(*cells))
    assert "1 · Groups" in page and "no tiers" in page and "no waves" in page
    assert "Before the open one." in page and "About the open one." in page
    for gone in ("Before the closed one.", "About the closed one.", "Before another closed one."):
        assert gone not in page
    assert "Before the closed one." in cells[0].source  # the notebook keeps it


def test_cells_for_learners_stay_in_the_notebook_with_what_they_print():
    cells = [
        new_markdown_cell("## 1 · Tiers\n\nA definition."),
        tagged("By hand.", "teaching"),
        new_code_cell("six = 6", metadata={"tags": ["teaching"]}, outputs=[new_output("stream", text="by hand 6")]),
        open_with("real"),
    ]
    page = main_part(shown(*cells))
    assert "A definition." in page and "real" in page and "By hand" not in page and "by hand 6" not in page


def test_the_settings_close_the_page():
    cells = [
        new_markdown_cell("# T"),
        new_code_cell("cuts = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("begin()", outputs=[new_output("stream", name="stdout", text="cuts is 1")]),
        new_markdown_cell("## 1 · Tiers"),
        open_with("real"),
    ]
    page = main_part(shown(*cells))
    assert page.index("real") < page.index("Settings</h2>") < page.index("cuts is 1")


def test_nothing_opened_means_closed_cells_and_no_result_under_a_heading():
    title = [new_markdown_cell("# T"), open_with("settings")]
    needs = [new_markdown_cell("## 1 · Needs"), closed_by("no kano")]
    money = [new_markdown_cell("## 2 · Money"), open_with("12")]
    assert selection.nothing_opened(selection.sections([*title, *needs]))
    assert not selection.nothing_opened(selection.sections([*title, *needs, *money]))
    assert not selection.nothing_opened(selection.sections(title))


def test_a_figure_says_what_it_shows_to_those_who_cannot_see_it():
    layouts = [
        {"meta": {"alt": "A is < B"}, "title": {"text": "T"}},
        {"title": {"text": "22 %<br>bring <b>most</b>"}},
        {},
    ]
    outputs = [new_output("display_data", {PLOTLY: {"data": [], "layout": layout}}) for layout in layouts]
    page = shown(new_code_cell("1", outputs=outputs))
    assert re.findall(r'aria-label="([^"]+)" style', page) == ["A is &lt; B", "22 % bring most", "Figure 3"]


def test_a_figure_takes_the_pages_width_whatever_its_own():
    layout = figures(with_output({PLOTLY: {"data": [], "layout": {"width": 2000, "height": 300}}}))[0]["layout"]
    assert layout == {"height": 300, "autosize": True}


def test_pictures_and_latex_outputs_are_shown():
    page = with_output({"image/png": "iVBORw0KGgo=\n"})
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="Picture">' in page
    assert '<img src="data:image/svg+xml;base64,' in with_output({"image/svg+xml": "<svg onload='steal()'/>"})
    assert "<math" in with_output({"text/latex": "$\\frac{1}{2}$"})
    assert main_part(with_output({"application/javascript": "steal()"})).count("steal") == 0


# --- panels -----------------------------------------------------------------------------------------------------------


def model(name: str, **state) -> dict:
    return {"model_name": name, "model_module": "", "state": {"_model_name": name, **state}}


STATE = {
    "box": model("VBoxModel", children=[f"IPY_MODEL_{name}" for name in ("row", "figure", "note", "words", "button")]),
    "row": model("HBoxModel", children=["IPY_MODEL_cut", "IPY_MODEL_kind", "IPY_MODEL_span", "IPY_MODEL_only"]),
    "cut": model("FloatSliderModel", description="Cut:", value=0.8, readout_format=".0%"),
    "kind": model("DropdownModel", description="Kind", _options_labels=["one", "<two>"], index=1),
    "span": model("IntRangeSliderModel", description="Span", value=[2, 5], readout_format="d"),
    "only": model("CheckboxModel", description="Only A", value=True),
    "figure": {
        **model("AnyModel", _widget_data=[{"type": "bar", "x": ["a"], "y": {"dtype": "float64", "shape": [2]}}]),
        "buffers": [{"path": ["_widget_data", 0, "y", "buffer"], "encoding": "base64", "data": "AAAAAAAA8D8="}],
    },
    "note": model("HTMLModel", value="<b>four</b><script>steal()</script>"),
    "words": model("LabelModel", value="5 < 6"),
    "button": model("ButtonModel", description="Go"),
}


def panel(**figures_shown) -> str:
    data = {WIDGET: {"model_id": "box", "version_major": 2, "version_minor": 0}, "text/plain": "VBox(children=...)"}
    if figures_shown:
        data["application/vnd.crmbook.figures+json"] = figures_shown
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[new_output("display_data", data)])])
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": copy.deepcopy(STATE)}}
    return html.page(notebook)


def test_a_panel_shows_its_controls_in_words_and_its_figure_standing_still():
    page = main_part(panel())
    said = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    assert said == {"Cut": "80%", "Kind": "&lt;two&gt;", "Span": "2 – 5", "Only A": "yes"}
    assert figures(page)[0]["data"][0]["y"] == {"bdata": "AAAAAAAA8D8=", "dtype": "f8"}
    assert "<b>four</b>" in page and "steal" not in page and "<p>5 &lt; 6</p>" in page
    assert "VBox" not in page and "Go" not in page


def test_a_figure_noted_when_the_panel_was_shown_goes_before_the_stored_state():
    noted = {"data": [{"type": "bar", "y": [7]}], "layout": {"title": {"text": "moved"}}}
    assert figures(panel(figure=noted))[0]["data"] == [{"type": "bar", "y": [7]}]


def test_controls_without_a_value_yet_say_so():
    for state in (model("DropdownModel", _options_labels=[], index=None), model("DatePickerModel", value=None)):
        assert list(widgets.shown("x", {"x": state}, {})) == [widgets.Control("", "–")]
    day = model("DatePickerModel", value={"year": 2024, "month": 0, "date": 31})  # widgets count months from 0
    assert list(widgets.shown("x", {"x": day}, {})) == [widgets.Control("", "2024-01-31")]
    odd = model("FloatSliderModel", value=1234.5, readout_format=".2s")  # a d3 format that Python does not know
    assert list(widgets.shown("x", {"x": odd}, {})) == [widgets.Control("", "1234.5")]


# --- languages --------------------------------------------------------------------------------------------------------


def test_a_chinese_page_has_no_english_furniture():
    use("zh")
    output = new_output("display_data", {PLOTLY: {"data": [], "layout": {}}})
    cells = [new_markdown_cell("# 标题\n\n## 一\n\n## 二"), new_code_cell("1", outputs=[output])]
    page = shown(*cells, facts=[("数据", "订单")], tables=["01/分级.csv"], failure="中断")
    assert '<html lang="zh-CN">' in page
    text = re.sub(r"<(script|style)\b.*?</\1>", "", page.split("<body")[1], flags=re.DOTALL)
    words = re.sub(r'(?<= )(class|id|href|data-page|type|role|tabindex|style)="[^"]*"', "", text)
    spoken = re.findall(r">([^<]+)<", words) + re.findall(r'(?:aria-label|alt|title|data-\w+)="([^"]*)"', words)
    assert [word for word in spoken if FURNITURE.search(re.sub("csv|CSV", "", word))] == []
    said = json.loads(re.search(r'id="settings">(.*?)</script>', page).group(1))
    assert [word for word in said["words"].values() if not re.search(r"[\u4e00-\u9fff]", word)] == []


def test_plotly_knows_every_word_that_is_translated_for_it():
    from importlib import resources

    plotly = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    said = json.loads(re.search(r'id="settings">(.*?)</script>', shown(new_markdown_cell("# T"))).group(1))
    assert [word for word in said["words"] if f'"{word}"' not in plotly] == []
    assert "showSendToCloud" in plotly, "the page switches that button off by its name"


def test_the_index_speaks_each_language_in_its_own_part():
    row = {"title": "<T>", "page": "en/01.html", "data": "d", "as_of": "2024-01-01", "data_to": "", "rows": ""}
    row |= {"status": "done", "said": "done"}
    page = html.index({"en": [row], "zh": [{**row, "page": "zh/01.html", "said": "完成"}]})
    english, chinese = page.split('<section lang="zh-CN"')
    assert "Reports" in english and "&lt;T&gt;" in english and 'href="en/01.html"' in english
    assert "分析报告" in chinese and "As of" not in chinese and 'href="zh/01.html"' in chinese
    assert '<html lang="zh-CN">' in html.index({"zh": [row]})
    assert page.count('type="radio"') == 2 and page.count(" checked") == 1  # one language at a time, without a script
    assert " hidden" in html.index({"zh": [row]})  # no switch where there is nothing to switch to


def test_signs_that_turn_letters_round_are_written_out():
    cell = new_code_cell("x", outputs=[new_output("stream", name="stdout", text="invoice\u202efdp.exe \u2067x")])
    made = html.page(new_notebook(cells=[cell]), facts=[("Data", "a\u202eb")])
    assert "invoice⟨U+202E⟩fdp.exe ⟨U+2067⟩x" in made and "a⟨U+202E⟩b" in made
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(made)


def finding(said: str, size: float, certain: bool = True) -> dict:
    return {"said": said, "size": size, "certain": certain, "section": 3, "beside": "", "money": ""}


def test_the_index_opens_with_the_findings_of_all_reports_the_certain_and_large_first():
    row = {"data": "d", "as_of": "", "data_to": "", "rows": "", "status": "done", "said": "done"}
    tiers = [finding("tiers a", 0.2), finding("tiers b", 0.1), finding("tiers c", 0.05)]
    calls = [finding("calls a", 0.9, certain=False), finding("calls <b>", 0.6)]
    rows = [
        {**row, "title": "Tiers", "page": "en/01.html", "summary": {"findings": tiers}},
        {**row, "title": "Calls", "page": "en/04b.html", "summary": {"findings": calls}},
    ]
    page = html.index({"en": rows})
    said = re.findall(r'class="said">([^<]*)<', page)
    assert said == ["calls &lt;b&gt;", "tiers a", "tiers b", "calls a"]  # two of a report
    assert page.index("calls a") < page.index("<table") and 'href="en/04b.html#section-3"' in page


TOLD = {
    "period": "2024-01-01 to 2024-12-31",
    "used": "3 of 4 order lines used.",
    "aside": ["Set aside: one."],
    "lead": "",
    "findings": [finding("Half of <it>.", 0.5) | {"money": "5 CNY", "beside": "4 to 6"}],
    "actions": [
        {
            "said": "Call.",
            "who": "sales",
            "customers": "7 customers",
            "by": "by Friday",
            "listed": "calls",
            "money": "9 CNY",
        }
    ],
    "figures": {"heads": ["", "2024-12", "before", "last year"], "rows": [["Revenue", "9 CNY", "+1%", "–"]]},
}


def with_summary(*cells, **said) -> str:
    told = new_code_cell(
        "summary()", metadata={"tags": ["summary"]}, outputs=[new_output("display_data", {SUMMARY: TOLD})]
    )
    return shown(new_markdown_cell("# T"), *cells, told, **said)


def test_a_report_opens_with_its_summary_and_does_not_show_it_again():
    page = with_summary(
        new_markdown_cell("## 3 · Money"), open_with("real"), tables=["01_t/calls.csv", "01_t/lists.xlsx"]
    )
    header = page.split("<main>")[0]
    for words in (
        "Half of &lt;it&gt;.",
        "4 to 6",
        "Call.",
        "7 customers",
        "by Friday",
        "at stake: 9 CNY",
        "Set aside: one.",
    ):
        assert header.count(words) == 1 and words not in main_part(page), words
    assert header.index("Half of") < header.index("Call.") < header.index("Revenue") < header.index("Show all code")
    assert '<a href="#section-3">' in header and 'id="section-3"' in page
    assert re.search(r'<a href="01_t/lists.xlsx" download>list · calls</a>', header)


def test_a_picture_that_is_not_there_and_a_list_that_was_not_written_are_not_linked():
    header = with_summary(new_markdown_cell("## 3 · Money"), closed_by("no money")).split("<main>")[0]
    assert "#section-3" not in header and "download" not in header and "Half of" in header


def test_a_closed_summary_says_what_would_open_the_report():
    closed = closed_by("Not in the data: Survey.")
    closed.metadata["tags"] = ["summary"]
    header = shown(new_markdown_cell("# T"), closed).split("<main>")[0]
    assert "not applicable: Not in the data: Survey." in header


# --- titles above the figures -----------------------------------------------------------------------------------------


def test_a_title_stands_above_its_figure_as_text_and_gives_back_its_room():
    layout = {"title": {"text": "A long title<br>of <b>two</b> lines"}, "margin": {"t": 104, "l": 60}, "height": 454}
    page = with_output({PLOTLY: {"data": [], "layout": layout}})
    assert "<figcaption>A long title of two lines</figcaption>" in page
    drawn = figures(page)[0]["layout"]
    # a line takes 24 pixels and the distance 12: the picture itself stays as large as it was
    assert (drawn["title"]["text"], drawn["margin"], drawn["height"]) == ("", {"t": 44, "l": 60}, 394)
    assert 'style="height:394px"' in page


def test_a_title_of_data_is_made_safe_above_the_figure():
    page = with_output({PLOTLY: {"data": [], "layout": {"title": "<script>steal()</script>5 < 6 & more"}}})
    caption = re.search(r"<figcaption>(.*?)</figcaption>", page).group(1)
    assert "<" not in caption and "6 &amp; more" in caption


def test_a_figure_without_a_title_has_no_caption():
    assert "figcaption>" not in main_part(with_output({PLOTLY: {"data": [], "layout": {}}}))


def test_words_before_files_stand_only_where_there_are_files():
    assert "Tables:" in shown(tables=["01_t/calls.csv", "01_t/lists.xlsx"])
    only = shown(tables=["01_t/calls.csv"])
    assert "Tables:" not in only and "calls.csv" in only
