(function (root) {
  var mode = null, asked = {}, trust = {
    createScriptURL: function (address) { return /^\/static\//.test(address) ? address : ""; }
  };
  if (window.trustedTypes) trust = trustedTypes.createPolicy("own", trust);
  try { mode = localStorage.getItem("mode"); } catch (error) {}
  if (/^(standard|large|elder)$/.test(mode)) root.className = "mode-" + mode;
  root.className += " js" + (window.speechSynthesis ? " can-speak" : "");
  addEventListener("load", function () {
    [].forEach.call(document.querySelectorAll("[data-script]"), function (part) {
      var address = part.getAttribute("data-script"), script = document.createElement("script");
      if (asked[address]) return;
      asked[address] = script.type = "module";
      script.src = trust.createScriptURL(address);
      document.head.appendChild(script);
    });
  });
})(document.documentElement);
