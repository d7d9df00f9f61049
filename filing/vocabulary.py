"""The closed lists that questions, rules and outcomes share. Labels are what readers and editors see."""

from __future__ import annotations

from django.db.models import TextChoices


class Question(TextChoices):
    """The questions in the order in which they are asked."""

    INSURED = "insured", "医保在哪里交的"
    TREATED = "treated", "去哪里看病"
    REASON = "reason", "为什么在那边看病"
    INSURANCE = "insurance", "哪一种医保"
    CARE = "care", "看什么"
    STAGE = "stage", "到哪一步了"


class Relation(TextChoices):
    """How the two places lie to each other."""

    LOCAL = "local", "同一个统筹地区"
    SAME_PROVINCE = "same-province", "同省，不在一个统筹地区或不清楚城市"
    CORPS = "corps", "新疆和兵团之间"
    CROSS_PROVINCE = "cross-province", "跨省"
    HMT = "hmt", "去港澳台"
    ABROAD = "abroad", "去国外"


class Status(TextChoices):
    EXEMPT = "exempt", "在免备案范围内"
    PLAIN = "plain", "不在免备案范围内"


class Reason(TextChoices):
    RESETTLED = "resettled", "退休后在那边安家养老"
    LIVING = "living", "长期住在那边，比如跟子女住、已经定居"
    WORKING = "working", "长期在那边工作，比如单位派驻、外出务工"
    REFERRAL = "referral", "参保地的医院开了转诊证明"
    EMERGENCY = "emergency", "急诊抢救"
    VISITING = "visiting", "自己去看病，或出差、旅游、探亲时看病（没有转诊，不是急诊抢救）"
    STUDY = "study", "学生：在外地上学、放假回家或实习"
    BIRTH = "birth", "生孩子、产检"
    UNSURE = "unsure", "说不清楚"


class Insurance(TextChoices):
    EMPLOYEE = "employee", "职工医保（单位交的，或灵活就业按职工医保交的）"
    RESIDENT = "resident", "居民医保（含原来的新农合、学生和儿童）"
    UNSURE = "unsure", "不清楚"


class Care(TextChoices):
    INPATIENT = "inpatient", "住院"
    OUTPATIENT = "outpatient", "普通门诊"
    CHRONIC = "chronic", "门诊慢特病（高血压、糖尿病、透析、放化疗等）"
    PHARMACY = "pharmacy", "在药店买药"
    UNSURE = "unsure", "还不知道"


class Stage(TextChoices):
    PLANNING = "planning", "还没去"
    THERE = "there", "已经在那边看病或住院，还没结账"
    PAID = "paid", "已经自费结了账"


class Destination(TextChoices):
    """Down to which place a filing for the treated place must go."""

    WHOLE = "whole", "可以只选到省一级"
    CAPITAL = "capital", "省会"
    CITY = "city", "省会以外的城市"
    OPEN = "open", "还不知道哪个城市"


class Verdict(TextChoices):
    LOCAL = "local", "不是异地，不用备案"
    EXEMPT = "exempt", "视同备案或免备案"
    EMERGENCY = "emergency", "急诊抢救，不用先备案"
    FILE_LONG = "file-long", "办长期居住备案"
    FILE_TEMPORARY = "file-temporary", "办临时外出就医备案"
    FILE_EITHER = "file-either", "要备案，先选对类别"
    ASK = "ask", "先问参保地"
    CLAIM = "claim", "回参保地申请报销"
    NOT_COVERED = "not-covered", "基本医保不付"


class Section(TextChoices):
    """The parts of an outcome page, in reading order."""

    VERDICT = "verdict", "结论"
    STEPS = "steps", "一步一步怎么办"
    PAPERS = "papers", "要准备的材料"
    WHY = "why", "为什么"
    RATE = "rate", "报销比例会不会变"
    MONEY = "money", "钱按谁的规定付"
    TIME = "time", "多久办好，管多久"
    LATE = "late", "没备案、结不了怎么办"
    UNKNOWN = "unknown", "要问参保地的"


class Slot(TextChoices):
    """One thing an outcome can say; at most one rule fills it in any case. Steps follow this order."""

    DUTY = "duty", "结论"
    WHY_PLACE = "why-place", "为什么：两地关系"
    WHY_KIND = "why-kind", "为什么：备案类别"
    WHY_ORDER = "why-order", "为什么：先备案后结算"
    WHY_CAPITAL = "why-capital", "为什么：省会和省本级"
    WHY_LAW = "why-law", "为什么：法律"
    EMERGENCY_FLAG = "emergency-flag", "步骤：请医院标急诊"
    CALL = "call", "步骤：先打电话"
    DISEASE_RECOGNITION = "disease-recognition", "步骤：认定慢特病资格"
    OUTPATIENT_CHOICE = "outpatient-choice", "步骤：门诊选点"
    PHARMACY_CHECK = "pharmacy-check", "步骤：查药店"
    REFERRAL_NOTE = "referral-note", "步骤：开转诊证明"
    DESTINATION = "destination", "步骤：备案选到哪里"
    FILE_FIRST = "file-first", "步骤：先备案"
    FILE_BEFORE_DISCHARGE = "file-before-discharge", "步骤：结算前补办"
    NETWORKED = "networked", "步骤：选联网机构"
    SHOW_CREDENTIAL = "show-credential", "步骤：出示凭证"
    LATE_FILING = "late-filing", "步骤：补备案"
    CLAIM = "claim", "步骤：申请手工报销"
    IDENTITY = "identity", "材料：身份凭证"
    FORM = "form", "材料：备案表"
    PROOF_SETTLEMENT = "proof-settlement", "材料：安置认定"
    PROOF_RESIDENCE = "proof-residence", "材料：居住认定"
    PROOF_WORK = "proof-work", "材料：工作认定"
    PROOF_REFERRAL = "proof-referral", "材料：转诊证明"
    CREDENTIAL = "credential", "材料：就医凭证"
    CLAIM_PAPERS = "claim-papers", "材料：报销材料"
    CATALOGUE = "catalogue", "钱：谁的目录和政策"
    OWN_SHARE = "own-share", "钱：病人付哪部分"
    ACCOUNT = "account", "钱：个人账户"
    CHRONIC_LIST = "chronic-list", "钱：慢特病病种"
    MATERNITY = "maternity", "钱：生育"
    RATE = "rate", "比例：这次"
    RATE_HOME = "rate-home", "比例：回参保地"
    PROCESSING = "processing", "时间：多久办好"
    VALIDITY = "validity", "时间：管多久"
    CHANGE = "change", "时间：变更取消"
    NOT_FILED = "not-filed", "万一：没备案"
    ALREADY_PAID = "already-paid", "万一：已经自费"
    REFUSED = "refused", "万一：医院不给结"
    UNKNOWN_BENEFIT = "unknown-benefit", "要问：比例和起付线"
    UNKNOWN_INTRA = "unknown-intra", "要问：省内规定"
    UNKNOWN_OUTPATIENT = "unknown-outpatient", "要问：门诊待遇"
    UNKNOWN_ACCOUNT = "unknown-account", "要问：个人账户和药店"
    UNKNOWN_CLAIM = "unknown-claim", "要问：报销期限"
    UNKNOWN_LATE = "unknown-late", "要问：补备案"
    UNKNOWN_MATERNITY = "unknown-maternity", "要问：生育"

    @property
    def section(self) -> Section:
        """The part of the page it stands in."""
        return next(section for slots, section in _PARTS if self in slots)


def _between(first: Slot, last: Slot) -> list[Slot]:
    slots = list(Slot)
    return slots[slots.index(first) : slots.index(last) + 1]


_PARTS = [
    (_between(Slot.DUTY, Slot.DUTY), Section.VERDICT),
    (_between(Slot.WHY_PLACE, Slot.WHY_LAW), Section.WHY),
    (_between(Slot.EMERGENCY_FLAG, Slot.CLAIM), Section.STEPS),
    (_between(Slot.IDENTITY, Slot.CLAIM_PAPERS), Section.PAPERS),
    (_between(Slot.CATALOGUE, Slot.MATERNITY), Section.MONEY),
    (_between(Slot.RATE, Slot.RATE_HOME), Section.RATE),
    (_between(Slot.PROCESSING, Slot.CHANGE), Section.TIME),
    (_between(Slot.NOT_FILED, Slot.REFUSED), Section.LATE),
    (_between(Slot.UNKNOWN_BENEFIT, Slot.UNKNOWN_MATERNITY), Section.UNKNOWN),
]

# What a rule can depend on, and the values of each.
CONDITIONS: dict[str, type[TextChoices]] = {
    "verdict": Verdict,
    "relation": Relation,
    "status": Status,
    "reason": Reason,
    "insurance": Insurance,
    "care": Care,
    "stage": Stage,
    "destination": Destination,
}
