"""The page and its drawings: whole, offline, and safe with any title."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from genrec.evaluation import charts
from genrec.evaluation.charts import Point
from genrec.evaluation.document import Cell, Chart, Heading, Table, Text, as_html, as_markdown

HOSTILE = '<script>alert(1)</script> | *x* & "y"'
BLOCKS = [
    Heading(HOSTILE, 1),
    Text(f"{HOSTILE}\nsecond line"),
    Table(("model", HOSTILE), [["a", Cell("0.5", "[0, 1]", "best", 0.5)], ["b", Cell(HOSTILE, kind="bad")]]),
    Chart("<svg></svg>", HOSTILE),
]


def test_a_title_never_becomes_a_tag():
    page = as_html(HOSTILE, BLOCKS)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 6
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)\s*=|url\(|@import""", page)


def test_markdown_has_the_same_cells():
    text = as_markdown(BLOCKS)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[1] == "|---|---|"
    assert rows[2] == "| a | **0.5** \\[0, 1\\] |"
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)


def test_what_failed_is_told_beside_the_name_unless_there_are_numbers():
    failed = Cell("failed: no memory", kind="bad")
    rows = [["a", "", "", failed], ["b", Cell("0.5"), "", failed], ["c", "", "", ""]]
    page = as_html("t", [Table(("model", "users", "ndcg", ""), rows), Table(("alone",), [["d"]])])
    assert '<td>a</td><td class="bad" colspan="3"><div>failed: no memory</div></td></tr>' in page
    assert '<td>0.5</td><td></td><td class="bad">failed: no memory</td></tr>' in page
    assert "<td>c</td><td></td><td></td><td></td></tr>" in page
    assert "<td>d</td></tr>" in page


@pytest.mark.parametrize(
    "svg",
    [
        charts.scatter([Point("a<b", 0.1, 0.2, 0.1, 0.3), Point("c", 0.1, 0.2)], x_name="x", y_name="y"),
        charts.scatter([Point("zero", 0, 0)], x_name="x", y_name="y"),
        charts.bars({"fast": 0.01, "slow": 100.0, "none": 0.0}, unit="s"),
        charts.bars({}, unit="s"),
        charts.lines({"rmse": [(5, 1.1), (100, 0.9)], "mae": [(5, 0.8), (100, 0.7)]}, x_name="k", y_name="e"),
    ],
)
def test_drawings_are_well_formed_and_stay_inside(svg):
    root = ET.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for each in root.iter():
        for name, bound in (
            ("x", width),
            ("y", height),
            ("cx", width),
            ("cy", height),
            ("x2", width),
            ("y2", height),
        ):
            if name in each.attrib:
                assert 0 <= float(each.attrib[name]) <= bound + 1


def test_points_stand_where_their_values_say():
    root = ET.fromstring(charts.scatter([Point("a", 1, 1), Point("b", 2, 4)], x_name="x", y_name="y"))
    (a, b) = root.iter("circle")
    left, bottom = charts.LEFT, charts.HEIGHT - charts.BOTTOM
    across = [float(each.attrib["cx"]) - left for each in (a, b)]
    up = [bottom - float(each.attrib["cy"]) for each in (a, b)]
    assert across[1] == pytest.approx(2 * across[0], abs=0.2)
    assert up[1] == pytest.approx(4 * up[0], abs=0.4)


def test_labels_never_overlap():
    points = [Point(f"model {each}", 0.5, 0.5) for each in range(8)]
    root = ET.fromstring(charts.scatter(points, x_name="x", y_name="y"))
    heights = sorted(
        float(each.attrib["y"]) for each in root.iter("text") if (each.text or "").startswith("model")
    )
    assert min(b - a for a, b in pairwise(heights)) >= charts.LABEL - 0.2
