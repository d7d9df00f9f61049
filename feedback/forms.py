"""The public forms. Whatever a field takes is tidied and masked here, before anything else sees it."""

from __future__ import annotations

from typing import Any

from django import forms

from feedback import stamps
from feedback.models import Insurance, Reason
from feedback.words import MAX_LINKS, links, safe, says_something, tidy
from taxonomy.models import Province

QUESTION_LIMIT = 500
EMAIL_LIMIT = 120


class WordsField(forms.CharField):
    """A reader's own words."""

    def __init__(self, *, rows: int = 0, max_length: int, **options: Any) -> None:
        # The limit is checked after tidying; the browser's own counter is only a help.
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        widget.attrs.update(maxlength=str(max_length), autocomplete="off")
        super().__init__(strip=False, widget=widget, **options)
        self.limit = max_length
        self.validators = []  # a NUL is dropped below, not refused in a programmer's words

    def clean(self, value: Any) -> str:
        text = tidy(value or "")
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"])
        if len(text) > self.limit:
            raise forms.ValidationError(f"写了{len(text)}字，最多{self.limit}字。请留下最要紧的部分。")
        if links(text) > MAX_LINKS:
            raise forms.ValidationError("请不要放网址，用自己的话写出来就行。")
        return safe(text)


class TrapMixin(forms.Form):
    """A field that people do not see, and the time the form was shown."""

    website = forms.CharField(
        required=False,
        label="请不要填写这一栏",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)
    purpose = ""

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError("最后一栏是防垃圾信息用的，请留空再提交。")
        return ""

    @property
    def at_human_pace(self) -> bool:
        """Whether somebody had the time to read the form."""
        return stamps.is_human_pace(self.data.get("stamp", ""), self.purpose)


class AskForm(TrapMixin):
    """A question: words, two places, the kind of insurance, and one address if wanted. Nothing else is asked for."""

    purpose = "ask"
    text = WordsField(
        label="您的问题", rows=6, max_length=QUESTION_LIMIT, error_messages={"required": "请先写下您的问题。"}
    )
    insured_in = forms.ModelChoiceField(
        Province.objects.all(), label="在哪里参保", required=False, to_field_name="slug", empty_label="不清楚或不想说"
    )
    treated_in = forms.ModelChoiceField(
        Province.objects.all(), label="在哪里看病", required=False, to_field_name="slug", empty_label="不清楚或不想说"
    )
    insurance = forms.ChoiceField(
        label="哪种医保", required=False, choices=[("", "不清楚或不想说"), *Insurance.choices]
    )
    email = forms.EmailField(
        label="邮箱（可以不填）", required=False, max_length=EMAIL_LIMIT,
        error_messages={"invalid": "邮箱写得不对，请再看一眼；不想留也可以空着。", "max_length": "邮箱太长了，请再看一眼；不想留也可以空着。"},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    consent = forms.BooleanField(
        label="我是成年人，同意保存这个邮箱，只用来通知这一个问题，处理完后30天内删除", required=False
    )

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if not says_something(text):
            raise forms.ValidationError("写得太短，看不出要问什么。请写清楚：在哪里参保、在哪里看病、想办什么。")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("email") and not cleaned.get("consent"):
            self.add_error("consent", "留邮箱需要您勾选同意；不想留，请把邮箱清空。")
        return cleaned

    def without_database(self) -> AskForm:
        """The same words in a form that asks the database nothing, for when it does not answer."""
        form = AskForm(initial={name: self.data.get(name, "") for name in self.fields})
        for name in ("insured_in", "treated_in"):
            kept = self.data.get(name, "")
            form.fields[name].choices = [("", "不清楚或不想说"), *([(kept, kept)] if kept else [])]
        return form


class ReportForm(TrapMixin):
    """What is wrong with a page: two boxes, and the sentence it is about."""

    purpose = "report"
    doing = WordsField(label="您在办什么事？", max_length=300, required=False)
    wrong = WordsField(
        label="哪里不对？", rows=4, max_length=1000, error_messages={"required": "请写一下哪里不对，一句话也行。"}
    )
    quote = WordsField(label="页面上的哪句话（可以不填）", rows=2, max_length=500, required=False)

    def clean_wrong(self) -> str:
        text = self.cleaned_data["wrong"]
        if len(text) < 2:
            raise forms.ValidationError("请写一下哪里不对，一句话也行。")
        return text


class VoteForm(TrapMixin):
    """Whether the page helped."""

    kind = forms.CharField(max_length=20)
    page = forms.IntegerField(min_value=1, max_value=2**31)
    revision = forms.IntegerField(min_value=1, max_value=2**31)
    helpful = forms.ChoiceField(choices=[("yes", "有"), ("no", "没有")])


class ReasonForm(forms.Form):
    """One reason, if the reader likes to give one. `vote` is the signed number of the vote."""

    vote = forms.CharField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=Reason.choices, widget=forms.RadioSelect, label="哪里没帮上？", required=False)
    comment = WordsField(label="还想说的（可以不填）", max_length=200, required=False)


class ReceiptForm(forms.Form):
    """A receipt code."""

    code = forms.CharField(
        label="回执编号（12位数字）", max_length=40, error_messages={"required": "请输入回执编号。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
