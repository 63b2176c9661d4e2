"""Charts as the browser draws them: nothing that is written reaches beyond them."""

import pytest

SLACK = 3  # pixels: a line of text has as much room around its letters
CUT = f"""charts => charts.flatMap(chart => {{
  const box = chart.getBoundingClientRect();
  const written = [...chart.querySelectorAll("text")].filter(text => text.textContent);
  return written.filter(text => {{
    const own = text.getBoundingClientRect();
    return Math.max(box.left - own.left, own.right - box.right, box.top - own.top, own.bottom - box.bottom) > {SLACK};
  }}).map(text => text.textContent);
}})"""


@pytest.mark.parametrize("width", [390, 1366])
def test_no_number_and_no_legend_is_cut_off(tab, address, width):
    tab.set_viewport_size({"width": width, "height": 844})
    for place in ("training", "changes", "translation?see=On+test+images&what=Objects"):
        tab.goto(address + place)
        tab.locator("[data-testid=stVegaLiteChart] svg text").first.wait_for()
        tab.locator("[data-test-script-state=notRunning]").wait_for()
        tab.evaluate("document.fonts.ready")
        tab.wait_for_timeout(500)  # for the charts' last layout
        charts = tab.locator("[data-testid=stVegaLiteChart] svg")
        assert charts.count() > 1
        assert charts.evaluate_all(CUT) == [], place
