/* CKEditor: a button that inserts a figure, and figures shown as what they are today. Stored as plain `[[key]]`. */
(() => {
  const TOKEN = /\[\[\s*[a-z][a-z0-9_]*\s*(?:\|\s*[a-z-]+\s*)?\]\]/g;

  /** The mark in the text, which the editor shows; `data-cke-` keeps it out of what is stored. */
  const mark = (token) => {
    const span = new CKEDITOR.htmlParser.element("span", { class: "site-figure", "data-cke-figure": token });
    span.add(new CKEDITOR.htmlParser.text(token));
    return span;
  };

  /** Shows the figure of today in place of the token; this is no change of the text. */
  const explain = async (editor, widget) => {
    const figure = await globalThis.siteFigures.describe(widget.data.token).catch(() => undefined);
    if (!figure || !widget.element.$.isConnected) return;
    const untouched = !editor.checkDirty();
    editor.fire("lockSnapshot");
    widget.element.setText(figure.today);
    widget.element.setAttribute("title", `${figure.label}：${figure.today}（${figure.source}）`);
    editor.fire("unlockSnapshot");
    if (untouched) editor.resetDirty();
  };

  CKEDITOR.plugins.add("figures", {
    requires: "widget",

    onLoad() {
      CKEDITOR.addCss(
        ".site-figure{background:#fff3c4;color:#3d2f00;border-bottom:2px solid #b7791f;padding:0 .2em;cursor:default}",
      );
    },

    init(editor) {
      editor.widgets.add("figure", {
        init() {
          this.setData("token", this.element.getAttribute("data-cke-figure"));
        },
        data() {
          explain(editor, this);
        },
        downcast() {
          return new CKEDITOR.htmlParser.text(this.data.token);
        },
      });
      editor.addCommand("insertFigure", {
        exec: () => {
          globalThis.siteFigures.open((token) => {
            editor.focus();
            editor.insertHtml(token);
          });
        },
      });
      editor.ui.addButton("Figure", {
        label: "插入数字",
        command: "insertFigure",
        icon: `${this.path}figures.svg`,
      });
    },

    afterInit(editor) {
      editor.dataProcessor.dataFilter.addRules({
        text: (text) => text.replace(TOKEN, (token) => editor.widgets.wrapElement(mark(token), "figure").getOuterHtml()),
      });
    },
  });
})();
