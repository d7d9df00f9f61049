"""A browser in words that its owner recognises."""

from __future__ import annotations

# Order matters: most browsers also name the ones they descend from.
BROWSERS = {
    "MicroMessenger": "微信", "Edg": "Edge", "OPR/": "Opera", "QQBrowser": "QQ浏览器", "UCBrowser": "UC浏览器",
    "HuaweiBrowser": "华为浏览器", "MiuiBrowser": "小米浏览器", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome",
    "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "OpenHarmony": "鸿蒙", "HarmonyOS": "鸿蒙", "Android": "安卓", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
    "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


def device_name(user_agent: str) -> str:
    """What the browser calls itself, in a few words; no version, so that an update is no new device."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "别的浏览器")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "别的系统")
    return f"{system} 上的 {browser}"
