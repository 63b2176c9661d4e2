"""Charts as the browser draws them: nothing that is written reaches beyond them."""

import pytest

from tests.browser.conftest import at_rest

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
        charts = tab.locator("[data-testid=stVegaLiteChart] svg")
        charts.nth(1).wait_for()
        at_rest(charts.last)
        tab.evaluate("document.fonts.ready")
        for _ in range(20):  # until the charts' last layout
            if not (cut := charts.evaluate_all(CUT)):
                break
            tab.wait_for_timeout(500)
        assert cut == [], place
