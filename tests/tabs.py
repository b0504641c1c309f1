"""A tab of a real browser with a page of ours, as a person sees it."""

from __future__ import annotations

from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

#: Lets the server hear the requests to a path, given as argument, and loses the answers until `HEAR`.
LOSE = """
    const [path] = arguments, whole = window.fetch;
    window.hear = () => { window.fetch = whole; };
    window.fetch = async (asked, options) => {
      const answer = await whole(asked, options);
      if (String(asked) !== path) return answer;
      throw new TypeError("lost");
    };
"""
HEAR = "window.hear()"


class Tab:
    """One tab with the page, as one reviewer sees it."""

    def __init__(self, driver, address):
        self.driver = driver
        self.handle = driver.current_window_handle
        driver.get(address)
        self.until(lambda: self.js("return document.body.dataset.ready === ''"))

    def js(self, script, *values):
        return self.driver.execute_script(script, *values)

    def until(self, condition, seconds=15):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.02).until(lambda _: condition())

    def press(self, keys):
        self.driver.find_element(By.TAG_NAME, "body").send_keys(keys)

    def key(self):
        return self.js("return location.hash.slice(1)")

    def text(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def decide(self, keys):
        """Press a key that decides, and wait for the next item."""
        before = self.key()
        self.press(keys)
        self.until(lambda: self.key() != before and self.shows())
        return before

    def shows(self):
        """Whether the card is about the item in the address."""
        return self.js(
            "const a = document.querySelector('#card article[data-item]');"
            "return a !== null && JSON.parse(a.dataset.item).key === location.hash.slice(1)"
        )

    def border(self, end):
        return float(self.driver.find_element(By.ID, end).get_attribute("aria-valuenow"))

    def audio(self, name):
        return self.js(f"return document.getElementById('audio').{name}")

    def is_pressed(self, button):
        return self.driver.find_element(By.ID, button).get_attribute("aria-pressed") == "true"

    def complaints(self):
        return [line["message"] for line in self.driver.get_log("browser") if line["level"] == "SEVERE"]
