"""Import and export of documents and figures as spreadsheets."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from policies.cells import FORMULA, Cell, DayCell
from policies.characters import legal
from policies.models import Parameter, ParameterValue, PolicyDocument
from policies.tables import PolicyTable, ValueTable
from publishing.roles import Role
from tests.factories import make_figure, make_policy, make_province, make_question, make_user

pytestmark = pytest.mark.django_db
XLSX, CSV = "0", "1"


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user(role=Role.REVIEWER))
    return client


def address(name: str, verb: str) -> str:
    return reverse(f"admin:policies_{name}_{verb}")


def upload(client: Client, name: str, rows: list[dict[str, object]], form: str = CSV) -> object:
    """Sends a file with these rows to the preview."""
    if form == CSV:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode("utf-8-sig")
    else:
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        file = io.BytesIO()
        book.save(file)
        content = file.getvalue()
    sent = SimpleUploadedFile("table", content)
    return client.post(address(name, "import"), {"import_file": sent, "format": form})


def confirm(client: Client, name: str, preview: object) -> object:
    """Sends the confirmation of a preview."""
    return client.post(address(name, "process_import"), preview.context["confirm_form"].initial, follow=True)


def policy_row(**cells: object) -> dict[str, object]:
    empty = dict.fromkeys(field.column_name for field in PolicyTable().get_import_fields())
    return {**empty, "编号": "X1", "名称": "关于测试的通知", "类别": "规范性文件", "把握": "高", **cells}


def value_row(**cells: object) -> dict[str, object]:
    columns = [field.column_name for field in ValueTable().get_export_fields()]
    row = {**dict.fromkeys(columns), "键": "days", "名称": "办结时限", "单位": "个工作日", "值": "2"}
    return {**row, "生效日期": "2023-01-01", "数据来源": "测试", "把握": "高", **cells}


@pytest.mark.parametrize("form", [CSV, XLSX])
def test_documents_come_in_after_a_preview(reviewer, form: str) -> None:
    make_policy(code="X0", title="旧文件")
    day = dt.date(2027, 1, 1) if form == XLSX else "2027年1月1日"
    rows = [
        policy_row(文号="测发[2026]1号", 施行日期=day),
        policy_row(编号="X0", 名称="旧文件", 被哪份文件取代="X1", 历史文件="是"),
    ]
    preview = upload(reviewer, "policydocument", rows, form)
    assert "新增" in preview.text
    assert PolicyDocument.objects.count() == 1
    confirm(reviewer, "policydocument", preview)
    new, old = PolicyDocument.objects.get(code="X1"), PolicyDocument.objects.get(code="X0")
    assert (new.number, new.in_force_from) == ("测发\u30142026\u30151号", dt.date(2027, 1, 1))
    assert (old.superseded_by, old.historical) == (new, True)


@pytest.mark.parametrize("form", [CSV, XLSX])
def test_figures_come_in_after_a_preview(reviewer, form: str) -> None:
    make_province()
    make_policy(code="X1")
    rows = [
        value_row(最后有效日="2026-12-31"),
        value_row(生效日期="2027/1/1", 值=1, 依据文件="X1", 数据来源=""),
        value_row(省份="江苏"),
    ]
    confirm(reviewer, "parametervalue", upload(reviewer, "parametervalue", rows, form))
    figure = Parameter.objects.get()
    assert (figure.label, figure.unit) == ("办结时限", "个工作日")
    values = ParameterValue.objects.filter(province=None).order_by("in_force_from")
    assert [(value.value, value.in_force_until) for value in values] == [("2", dt.date(2026, 12, 31)), ("1", None)]
    assert ParameterValue.objects.get(province__slug="jiangsu").value == "2"


def test_the_preview_shows_what_readers_will_see(reviewer, frozen) -> None:
    frozen("2026-11-22")
    make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    preview = upload(reviewer, "parametervalue", [value_row(名称="", 单位="", 值="9")])
    assert "影响 1 个页面" in preview.text
    assert "9个工作日内办结。" in preview.text
    assert ParameterValue.objects.get().value == "2"


BAD_POLICIES = [
    ({"官方链接": "http://www.gov.cn/a"}, "官方链接", "https"),
    ({"官方链接": "https://example.org/a"}, "官方链接", "gov.cn"),
    ({"施行日期": "2027-01-01", "最后有效日": "2026-12-31"}, "最后有效日", "不能早于施行日期"),
    ({"施行日期": "明年"}, "施行日期", "不是日期"),
    ({"施行日期": "2027-02-30"}, "施行日期", "不是日期"),
    ({"被哪份文件取代": "X9"}, "被哪份文件取代", "找不到政策文件“X9”"),
    ({"类别": "通告"}, "类别", "请从这些里选"),
    ({"历史文件": "大概"}, "历史文件", "是”或“否"),
    ({"文号": "测发\u30142020\u30151号"}, "文号", "已经用在"),
    ({"名称": ""}, "名称", ""),
    ({"编号": "X1234567890123"}, "编号", ""),
]


@pytest.mark.parametrize(("cells", "column", "sentence"), BAD_POLICIES)
def test_a_bad_row_is_named_with_its_column_and_nothing_is_written(reviewer, cells, column: str, sentence: str) -> None:
    make_policy(code="X0", number="测发\u30142020\u30151号")
    preview = upload(reviewer, "policydocument", [policy_row(编号="X2"), policy_row(**cells)])
    text = preview.text
    assert f"表格第3行“{column}”：" in text
    assert sentence in text.split(f"表格第3行“{column}”：")[1].split("</li>")[0]
    assert "confirm_form" not in preview.context
    assert [policy.code for policy in PolicyDocument.objects.all()] == ["X0"]


BAD_VALUES = [
    ([value_row(), value_row(生效日期="2024-01-01", 值="3")], "表格第3行“生效日期”：", "重叠"),
    ([value_row(), value_row(最后有效日="2022-12-31", 生效日期="2024-01-01")], "表格第3行“最后有效日”：", "不能早于"),
    ([value_row(), value_row(值="3")], "表格第3行：", "和表格第2行是同一条"),
    ([value_row(键="Days")], "表格第2行“键”：", "小写英文字母"),
    ([value_row(数据来源="")], "表格第2行“依据文件”：", "请选择依据文件"),
    ([value_row(省份="某省")], "表格第2行“省份”：", "找不到省份“某省”"),
    ([value_row(值="")], "表格第2行“值”：", ""),
]


@pytest.mark.parametrize(("rows", "where", "sentence"), BAD_VALUES)
def test_a_bad_value_is_named_and_nothing_is_written(reviewer, rows, where: str, sentence: str) -> None:
    text = upload(reviewer, "parametervalue", rows).text
    assert where in text
    assert sentence in text.split(where)[1].split("</li>")[0]
    assert not ParameterValue.objects.exists()
    assert not Parameter.objects.exists()


def test_documents_in_a_circle_are_refused(reviewer) -> None:
    make_policy(code="X0", superseded_by=make_policy(code="X1"))
    text = upload(reviewer, "policydocument", [policy_row(被哪份文件取代="X0")]).text
    assert "表格第2行“被哪份文件取代”：" in text
    assert "绕成了圈" in text
    assert PolicyDocument.objects.get(code="X1").superseded_by is None


def test_a_missing_column_is_named(reviewer) -> None:
    row = policy_row()
    del row["文号"], row["把握"]
    text = upload(reviewer, "policydocument", [row]).text
    assert "文件里少了这些列：" in text
    assert "文号" in text.split("文件里少了这些列：")[1]
    assert "Traceback" not in text


def test_a_file_that_is_no_table_is_refused(reviewer) -> None:
    sent = SimpleUploadedFile("table.xlsx", b"\x00\x01 no table")
    response = reviewer.post(address("policydocument", "import"), {"import_file": sent, "format": XLSX})
    assert response.status_code == 200
    assert response.context["form"].errors


def test_what_changed_after_the_preview_writes_nothing(reviewer) -> None:
    preview = upload(reviewer, "parametervalue", [value_row(生效日期="2027-01-01"), value_row(键="other")])
    make_figure("days", "5")
    done = confirm(reviewer, "parametervalue", preview)
    assert "一行也没有写入" in done.text
    assert [value.value for value in ParameterValue.objects.all()] == ["5"]
    assert not Parameter.objects.filter(key="other").exists()


def test_only_who_may_change_may_import(client) -> None:
    client.force_login(make_user(role=Role.WRITER))
    assert client.get(address("policydocument", "import")).status_code == 403
    assert client.post(address("policydocument", "process_import"), {}).status_code == 403
    assert client.get(address("policydocument", "export")).status_code == 200


def exported(client: Client, name: str, form: str = CSV) -> list[dict[str, str]]:
    """The rows of an export."""
    fields = client.get(address(name, "export")).context["form"].fields
    data = {"format": form, **{field: "on" for field in fields if field not in {"format", "resource", "export_items"}}}
    content = client.post(address(name, "export"), data).content
    if form == CSV:
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    header, *rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_only_the_chosen_columns_go_out(reviewer) -> None:
    make_policy(code="X0", title="一份文件")
    page = address("policydocument", "export")
    content = reviewer.post(page, {"format": CSV, "policytable_code": "on", "policytable_title": "on"}).content
    assert content.decode("utf-8-sig").splitlines() == ["编号,名称", "X0,一份文件"]
    refused = reviewer.post(page, {"format": CSV})
    assert "一列也没有选" in refused.text


def test_columns_of_an_export_are_named_as_in_the_table(reviewer) -> None:
    shown = html.fromstring(reviewer.get(address("parametervalue", "export")).text)
    labels = [label.text_content().strip() for label in shown.find_class("export-columns")[0].iter("label")]
    assert labels == [field.column_name for field in ValueTable().get_export_fields()]


@pytest.mark.parametrize("form", [CSV, XLSX])
def test_nothing_that_goes_out_can_run_in_a_spreadsheet(reviewer, form: str) -> None:
    make_policy(title="=HYPERLINK(1)", issuer="+cmd", date_note="@SUM(1)", summary="-1")
    (row,) = exported(reviewer, "policydocument", form)
    assert [row[name] for name in ("名称", "发文机关", "日期说明", "说了什么、改了什么")] == [
        "'=HYPERLINK(1)", "'+cmd", "'@SUM(1)", "'-1",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["policydocument", "parametervalue"])
@pytest.mark.parametrize("form", [CSV, XLSX])
def test_what_goes_out_comes_in_again_and_changes_nothing(reviewer, name: str, form: str) -> None:
    old = make_policy(code="X0", title="=旧", number="测发\u30142020\u30151号", in_force_until=dt.date(2026, 12, 31))
    make_policy(code="X1", partly_superseded_by=old, historical=True, url="https://www.gov.cn/a", confidence="medium")
    make_figure("days", "2", policy=old, clause="第一条", province=make_province())
    make_figure("share", "-5", unit="%", in_force_from=None)
    rows = exported(reviewer, name, form)
    assert len(rows) == 2
    preview = upload(reviewer, name, rows, form)
    assert [row.import_type for row in preview.context["result"].rows] == ["skip", "skip"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_survives_a_cell_and_never_begins_like_a_formula(text: str) -> None:
    cell = Cell().render(text)
    assert not cell.startswith(FORMULA)
    held = legal(text)
    assert Cell().clean(cell) == held or held != held.strip()


@pytest.mark.parametrize("typed", ["2027-01-01", "2027/1/1", "2027.1.1", "2027年1月1日", "2027-01-01 00:00:00"])
def test_a_date_may_be_written_in_any_usual_way(typed: str) -> None:
    assert DayCell().clean(typed) == dt.date(2027, 1, 1)
