"""Policy documents and figures as tables (xlsx, csv): all rows go in, or none."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from import_export.fields import Field
from import_export.resources import ModelResource
from tablib import Dataset

from policies.cells import Cell, ChoiceCell, DayCell, NameCell, YesNoCell
from policies.impact import Reading, compare, read_parameter
from policies.models import Parameter, ParameterValue, PolicyDocument, PolicyKind
from taxonomy.models import Confidence, Province


class Column(Field):
    """A column under its Chinese name."""

    def __init__(self, name: str, attribute: str, cell: Cell | None = None, **options: Any) -> None:
        super().__init__(attribute=attribute, column_name=name, widget=cell or Cell(), **options)


class Table(ModelResource):
    """What both tables share: every mistake is named by row and column, and a row is known by its natural key."""

    def before_import(self, dataset: Dataset, **options: Any) -> None:
        """Refuses a file with missing or unknown columns, before any row is read."""
        self.seen: dict[tuple, int] = {}
        names = [field.column_name for field in self.get_import_fields()]
        dataset.headers = [str(name or "").strip().removeprefix("\ufeff") for name in dataset.headers or []]
        missing = [name for name in names if name not in dataset.headers]
        if missing:
            raise ValueError(f"文件里少了这些列：{'、'.join(missing)}。可以先导出一份，照着它的表头填。")

    def before_import_row(self, row: dict[str, Any], **options: Any) -> None:
        """Reads every cell once, so that one message names all columns of the row that cannot be read."""
        errors, cells = {}, {}
        for name, field in self.fields.items():
            try:
                cells[name] = field.clean(row)
            except ValueError as error:
                errors[field.column_name] = str(error)
        if errors:
            raise ValidationError(errors)
        self.refuse_twice(tuple(cells[name] for name in self._meta.import_id_fields), options.get("row_number", 0))

    def refuse_twice(self, identity: tuple, number: int) -> None:
        """The same row twice in one file: nobody could say which one is meant."""
        if identity in self.seen:
            raise ValidationError(f"和表格第{self.seen[identity] + 1}行是同一条，请只留一行。")
        self.seen[identity] = number

    def validate_instance(self, instance: Any, *args: Any, **options: Any) -> None:
        """The model's own rules, with the column's name in place of the field's."""
        try:
            super().validate_instance(instance, *args, **options)
        except ValidationError as error:
            columns = {field.attribute: field.column_name for field in self.fields.values()}
            raise ValidationError(
                {columns.get(name, name if name == NON_FIELD_ERRORS else self._label(name)): messages
                 for name, messages in error.message_dict.items()}
            ) from error  # fmt: skip

    def _label(self, name: str) -> str:
        return str(self._meta.model._meta.get_field(name).verbose_name)

    class Meta:
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True
        report_skipped = True


class PolicyTable(Table):
    """One row a policy document, known by its code."""

    code = Column("编号", "code")
    title = Column("名称", "title")
    number = Column("文号", "number")
    number_confidence = Column("文号把握", "number_confidence", ChoiceCell(Confidence))
    issuer = Column("发文机关", "issuer")
    kind = Column("类别", "kind", ChoiceCell(PolicyKind))
    issued_on = Column("成文或通过日期", "issued_on", DayCell())
    published_on = Column("公开日期", "published_on", DayCell())
    in_force_from = Column("施行日期", "in_force_from", DayCell())
    in_force_until = Column("最后有效日", "in_force_until", DayCell())
    date_note = Column("日期说明", "date_note")
    superseded_by = Column("被哪份文件取代", "superseded_by", NameCell(PolicyDocument, "code", "number"))
    partly_superseded_by = Column("部分被哪份取代", "partly_superseded_by", NameCell(PolicyDocument, "code", "number"))
    partly_superseded_note = Column("被取代的部分", "partly_superseded_note")
    historical = Column("历史文件", "historical", YesNoCell())
    url = Column("官方链接", "url")
    confidence = Column("把握", "confidence", ChoiceCell(Confidence))
    summary = Column("说了什么、改了什么", "summary")

    class Meta(Table.Meta):
        model = PolicyDocument
        exclude = ["id"]
        import_id_fields = ["code"]


class ValueTable(Table):
    """One row a value of a figure, known by key, place and first day. A new key makes a new figure."""

    key = Column("键", "parameter", NameCell(Parameter, "key"))
    label = Column("名称", "parameter__label", readonly=True)
    unit = Column("单位", "parameter__unit", readonly=True)
    note = Column("怎么用", "parameter__note", readonly=True)
    province = Column("省份", "province", NameCell(Province, "short_name", "name", "slug"))
    value = Column("值", "value")
    in_force_from = Column("生效日期", "in_force_from", DayCell())
    in_force_until = Column("最后有效日", "in_force_until", DayCell())
    policy = Column("依据文件", "policy", NameCell(PolicyDocument, "code", "number"))
    clause = Column("条款", "clause")
    source_note = Column("数据来源", "source_note")
    confidence = Column("把握", "confidence", ChoiceCell(Confidence))
    verified_on = Column("核对日期", "verified_on", DayCell())

    class Meta(Table.Meta):
        model = ParameterValue
        exclude = ["id", "parameter", "noticed_at"]
        import_id_fields = ["key", "province", "in_force_from"]

    def before_import(self, dataset: Dataset, **options: Any) -> None:
        super().before_import(dataset, **options)
        keys = {str(key or "").strip() for key in dataset["键"]}
        self.before = {figure.pk: read_parameter(figure) for figure in Parameter.objects.filter(key__in=keys)}

    def before_import_row(self, row: dict[str, Any], **options: Any) -> None:
        self._ensure_figure(row)
        super().before_import_row(row, **options)

    def after_import(self, dataset: Dataset, result: Any, **options: Any) -> None:
        """Leaves on the result what the rows would change for readers."""
        today, changes = timezone.localdate(), []
        for figure in Parameter.objects.filter(pk__in=self.before):
            changes += compare(self.before.get(figure.pk, Reading()), read_parameter(figure), today)
        result.changes = changes

    def _ensure_figure(self, row: dict[str, Any]) -> None:
        """The figure that the row is about, made or renamed as the row says; an empty cell changes nothing."""
        fields = {name: self.fields[name] for name in ("key", "label", "unit", "note")}
        texts = {name: Cell().clean(row.get(field.column_name)) for name, field in fields.items()}
        figure = Parameter.objects.filter(key=texts["key"]).first() or Parameter(key=texts["key"])
        changed = {name: text for name, text in texts.items() if text and getattr(figure, name) != text}
        if figure.pk and not changed:
            return
        for name, text in changed.items():
            setattr(figure, name, text)
        try:
            figure.full_clean()
        except ValidationError as error:
            raise ValidationError(
                {fields[name].column_name: found for name, found in error.message_dict.items()}
            ) from error
        figure.save()
