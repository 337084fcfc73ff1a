"""What a person does with a dashboard: looks, points, filters, uses the keyboard, on a desk and on a phone."""

import csv
import json
import re
import statistics
from pathlib import Path

import pytest

from conftest import PATIENCE, ROOT

#: Texts of one chart whose boxes share more than this part of the smaller one overlap.
OVERLAP = 0.2

OVERLAPPING = """(allowed) => {
  const found = [];
  for (const svg of document.querySelectorAll(".plot svg")) {
    // A rotated text's box says nothing of where its ink is.
    const upright = [...svg.querySelectorAll("text")].filter((text) => !(text.getAttribute("transform") || "").includes("rotate"));
    const boxes = upright.filter((text) => text.textContent.trim()).map((text) => [text.textContent, text.getBoundingClientRect()]);
    boxes.forEach(([one, a], at) => boxes.slice(at + 1).forEach(([other, b]) => {
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left), height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const smaller = Math.min(a.width * a.height, b.width * b.height);
      if (width > 0 && height > 0 && width * height > allowed * smaller) found.push(`${svg.closest("section").id}: ${one} / ${other}`);
    }));
  }
  return found;
}"""


def page_of(project, name):
    return (project.folder / "dashboards" / f"{name}.html").as_uri()


def number(text):
    """The number in `$97,603,484.01` or `982`."""
    return float(re.sub(r"[^0-9.\-]", "", text))


def kpi(page, visual):
    """The exact value of a key figure, from its tooltip."""
    page.locator(f"#visual-{visual} .plot").focus()
    page.keyboard.press("Home")
    values = page.locator("#tip i").all_inner_texts()
    page.keyboard.press("Escape")
    return number(values[0])


def table(page, visual):
    """The rows of a chart's table, shown by its button."""
    section = page.locator(f"#visual-{visual}")
    button = section.locator("button.more")
    if button.count():
        button.click()
    rows = [row.locator("td").all_inner_texts() for row in section.locator("tbody tr:not(.total)").all()]
    if button.count():
        button.click()
    return rows


def choose(page, department):
    """Only this department, by the filter control."""
    control = page.locator("#control-department-control")
    control.locator("summary").click()
    control.get_by_label("All", exact=True).uncheck()
    control.get_by_label(department, exact=True).check()
    page.keyboard.press("Escape")


def salaries(project):
    """Salaries by department that the file has: of its good rows, the newest of each employee."""
    lines = (project.folder / "examples/employees.csv.rejects.jsonl").read_text().splitlines()
    rejected = {json.loads(line)["row"] for line in lines}
    with open(ROOT / "examples/employees.csv", newline="") as file:
        rows = enumerate(csv.DictReader(file), 1)
        newest = {row["employee_id"].strip(): row for number, row in rows if number not in rejected}
    by = {}
    for row in newest.values():
        by.setdefault(row["department"].strip(), []).append(float(row["salary"]))
    return by


def test_the_page_in_a_file_is_quiet_and_shows_the_warehouse(employees, visit):
    visit = visit()
    visit.open(page_of(employees, "EmployeeDashboard"))
    page = visit.page
    [view] = employees.query(
        "SELECT COUNT(*) AS headcount, SUM(salary) AS payroll, MEDIAN(salary) AS median FROM hr.employees"
    )
    assert kpi(page, "headcount") == view["headcount"]
    assert kpi(page, "payroll") == pytest.approx(float(view["payroll"]), abs=0.005)
    assert kpi(page, "median-salary") == pytest.approx(float(view["median"]), abs=0.005)
    by = {row["department"]: row for row in employees.query("SELECT * FROM hr.department_vs_salary")}
    shown = table(page, "department-bars")
    assert {row[0] for row in shown} == set(by)
    for department, average, median in shown:
        assert number(average) == pytest.approx(float(by[department]["average_salary"]), abs=0.005)
        assert number(median) == pytest.approx(float(by[department]["median_salary"]), abs=0.005)
    visit.assert_quiet()
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []


def test_the_filter_leaves_what_it_says(employees, visit):
    visit = visit()
    visit.open(page_of(employees, "EmployeeDashboard"))
    page = visit.page
    choose(page, "Legal")
    [view] = employees.query(
        "SELECT COUNT(*) AS headcount, SUM(salary) AS payroll, MEDIAN(salary) AS median FROM hr.employees"
        " WHERE department = 'Legal'"
    )
    assert kpi(page, "headcount") == view["headcount"]
    assert kpi(page, "payroll") == pytest.approx(float(view["payroll"]), abs=0.005)
    assert kpi(page, "median-salary") == pytest.approx(float(view["median"]), abs=0.005)
    assert [row[0] for row in table(page, "headcount-table")] == ["Legal"]
    # Not on the sheet of the whole company.
    assert len(table(page, "department-bars")) == 8
    visit.assert_quiet()


def test_the_numbers_are_those_of_the_file(employees, visit):
    visit = visit()
    visit.open(page_of(employees, "EmployeeDashboard"))
    by = salaries(employees)
    rows = {row[0]: row for row in table(visit.page, "headcount-table")}
    assert set(rows) == set(by)
    for department, paid in by.items():
        _, headcount, payroll, average, median = rows[department]
        assert number(headcount) == len(paid)
        assert number(payroll) == pytest.approx(sum(paid), abs=0.01)
        assert number(average) == pytest.approx(sum(paid) / len(paid), abs=0.01)
        assert number(median) == pytest.approx(statistics.median(paid), abs=0.01)


def test_a_pointer_and_the_keyboard_read_marks(employees, visit):
    visit = visit()
    visit.open(page_of(employees, "EmployeeDashboard"))
    page = visit.page
    page.locator("#visual-skills-salary .m").first.hover()
    tip = page.locator("#tip")
    assert tip.is_visible()
    [best] = employees.query(
        "SELECT skill, average_salary FROM hr.skills_vs_salary ORDER BY average_salary DESC LIMIT 1"
    )
    assert tip.locator("b").inner_text() == best["skill"]
    assert number(tip.locator("i").first.inner_text()) == pytest.approx(float(best["average_salary"]), abs=0.005)
    # Every chart can be reached by Tab alone.
    reached = set()
    page.locator("a.skip").focus()
    for _ in range(80):
        page.keyboard.press("Tab")
        section = page.evaluate("document.activeElement.closest('section.visual')?.id")
        reached.add(section)
    charts = set(page.locator("section.visual:has(svg)").evaluate_all("all => all.map((one) => one.id)"))
    assert charts <= reached, charts - reached
    visit.assert_quiet()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["employees", "ibm_hr"])
def test_it_is_readable(name, width, scheme, visit, request):
    project = request.getfixturevalue(name)
    visit = visit(width, color_scheme=scheme)
    for page in sorted((project.folder / "dashboards").glob("*.html")):
        visit.open(page.as_uri())
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
        assert visit.page.evaluate(OVERLAPPING, OVERLAP) == []
        texts = visit.page.locator(".plot svg text").all_text_contents()
        assert texts and not [text for text in texts if re.search(r"NaN|undefined|Infinity|\[object", text)]
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 384) == (scheme == "dark")
        visit.assert_quiet()


def test_a_served_page_follows_the_warehouse(employees, visit):
    visit = visit()
    with employees.served() as (url,):
        visit.open(url)
        page = visit.page
        choose(page, "Legal")
        before = kpi(page, "headcount")
        corrected = Path(employees.folder) / "moved.csv"
        with open(ROOT / "examples/employees.csv", newline="") as file:
            rows = list(csv.reader(file))
        header, row = rows[0], next(row for row in rows[1:] if "Legal" not in row)
        [kept] = employees.query(f"SELECT COUNT(*) AS n FROM hr.employees WHERE employee_id = {row[0]}")
        assert kept["n"] == 1
        row[header.index("department")] = "Legal"
        with open(corrected, "w", newline="") as file:
            csv.writer(file).writerows([header, row])
        employees.pipectl("ingest", str(corrected))
        employees.pipectl("run")
        page.wait_for_function(
            "before => [...document.querySelectorAll('#visual-headcount text')].some((one) => one.textContent === before)",
            arg=f"{before + 1:,.0f}",
            timeout=PATIENCE * 1000,
        )
        page.wait_for_selector("html[data-ready]")
        # The filter is kept.
        assert kpi(page, "headcount") == before + 1
        visit.assert_quiet()
        assert all(part.startswith((url.rsplit("/", 1)[0], "data:")) for part in visit.requests), visit.requests


def test_the_address_without_a_name_lists_the_dashboards(employees, visit):
    visit = visit()
    with employees.served() as (url,):
        visit.page.goto(url.rsplit("/", 1)[0] + "/")
        assert visit.page.get_by_role("link", name="EmployeeDashboard").get_attribute("href") in url
        visit.page.goto(url + "Missing")
        assert "no dashboard EmployeeDashboardMissing" in visit.page.inner_text("pre")
