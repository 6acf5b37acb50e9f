import re
import unittest
import xml.dom.minidom
from unittest import mock

from made_up_report import make_report
from report import drawing, page, plan, plots, published


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.report = make_report()
        cls.drawings = plots.draw_all(cls.report)  # once: it is slow
        with mock.patch.object(plots, "draw_all", return_value=cls.drawings):
            cls.text = page.render(cls.report)

    def test_every_measurement_has_its_section(self):
        headings = re.findall(r"<h2>(.*?)</h2>", self.text)
        self.assertEqual(len(headings), len(set(headings)))
        for key, heading, *_ in page.SECTIONS:
            self.assertIn(heading, headings)
            self.assertTrue(key == "safety" or key in plan.NAMES)
        self.assertEqual({key for key, *_ in page.SECTIONS} - {"safety"}, set(plan.NAMES))

    def test_nothing_is_loaded_from_elsewhere(self):
        self.assertNotRegex(self.text, r"<(?:script|link|img|iframe|object)\b|@import|url\((?!#)")
        self.assertNotRegex(self.text, r'(?:src|href)="(?!#)')

    def test_figures_have_the_pages_colours_and_ids_of_their_own(self):
        ids = re.findall(r'\bid="([^"]+)"', self.text)
        self.assertEqual(len(ids), len(set(ids)))
        for value in drawing.COLOURS.values():
            self.assertNotIn(value, self.text)
        for target in re.findall(r'(?:href="#|url\(#)([^")]+)', self.text):
            self.assertIn(target, ids)

    def test_figures_are_well_formed(self):
        self.assertEqual(set(self.drawings), {"throughput", "ticks", "sizes", "latency", "safety",
                                              "recovery", "memory"})
        for svg in self.drawings.values():
            xml.dom.minidom.parseString(svg)

    def test_the_ten_languages_and_the_peers_are_there(self):
        self.assertEqual(len(published.LANGUAGES), 10)
        for name in (*published.LANGUAGES, *published.PEERS):
            self.assertIn(f">{name}<", self.text)

    def test_what_the_machine_says_of_itself_is_escaped(self):
        self.assertIn("A &lt;made-up&gt; CPU", self.text)

    def test_a_part_alone_makes_a_page(self):
        for name in plan.NAMES:
            with self.subTest(name):
                part = {key: self.report[key] for key in ("machine", "quick", "repeated", "plan", name)}
                text = page.render(part)
                self.assertIn("<h2>", text)
                self.assertEqual(len(re.findall("<h2>Recovery", text)), name == "recovery")

    def test_what_was_skipped_says_why(self):
        part = {key: self.report[key] for key in ("machine", "quick", "repeated", "plan")}
        text = page.render({**part, "pages": {"skipped": "no <pages>"}})
        self.assertIn("Not measured: no &lt;pages&gt;.", text)


    def test_what_failed_says_why_and_is_in_no_figure(self):
        for name in plan.NAMES:
            with self.subTest(name), mock.patch.object(plots, "draw_all", return_value={}) as draw:
                text = page.render({**self.report, name: {"failed": "no <luck>"}})
                self.assertIn("Failed: no &lt;luck&gt;", text)
                self.assertNotIn(name, draw.call_args.args[0])

    def test_a_load_that_was_not_reached_has_no_times(self):
        self.assertEqual(self.text.count("<td>not reached</td>"), 2)
        self.assertNotIn(">4 Mpps<", self.drawings["latency"])
        self.assertIn(">2 Mpps<", self.drawings["latency"])

    def test_ticks_of_another_kind_of_machine_are_told(self):
        other = {**self.report["ticks"], "ticks_per_second": 2.1e9}
        self.assertIn("This one's runs at 2.100 GHz", page.beside_others({"ticks": other}))
        self.assertNotIn("This one", page.beside_others(self.report))

    def test_repeated_runs_are_told(self):
        self.assertIn("2 runs repeated", self.text)

    def test_siblings_are_told(self):
        siblings = {**self.report["machine"], "siblings": True}
        with mock.patch.object(plots, "draw_all", return_value={}):
            self.assertIn("hyperthreads of one", page.render({**self.report, "machine": siblings}))
        self.assertNotIn("hyperthreads of one", self.text)


class Spread(unittest.TestCase):
    def test_neighbours_are_moved_apart_and_others_stay(self):
        moved = drawing.spread([1.0, 5.0, 1.0, 1.1], 0.5)
        self.assertEqual(moved[1], 5.0)
        near = sorted((moved[0], moved[2], moved[3]))
        self.assertGreaterEqual(near[1] - near[0], 0.49)
        self.assertGreaterEqual(near[2] - near[1], 0.49)


if __name__ == "__main__":
    unittest.main()
