import unittest

from floors import check
from made_up_tree import MadeUpTree


class Floors(MadeUpTree):
    def include(self, path, target):
        self.write(path, f'// first line\n#include "{target}"\n')
        return self.findings(check)

    def test_downward_and_own_floor_are_fine(self):
        self.write("src/bulkhead/net/a.cpp", '#include <vector>\n#include "bulkhead/net/a.hpp"\n'
                   '#include "bulkhead/regs/b.hpp"\n')
        self.write("src/bulkhead/app/a.cpp", '#include "model/wire.hpp"\n')
        self.write("model/a.cpp", '#include "model/wire.hpp"\n#include "bulkhead/base/error.hpp"\n'
                   '#include "bulkhead/bus/vfio_user/protocol.hpp"\n')
        self.assertEqual(self.findings(check), [])

    def test_a_higher_floor_is_named_with_its_place(self):
        found = self.include("src/bulkhead/bus/a.cpp", "bulkhead/queue/ring.hpp")
        self.assert_one(found, "src/bulkhead/bus/a.cpp:2:", "bulkhead/queue/ring.hpp", "below queue")

    def test_siblings_do_not_know_each_other(self):
        found = self.include("src/bulkhead/regs/a.hpp", "bulkhead/memory/dma.hpp")
        self.assert_one(found, "regs lies beside memory")

    def test_the_library_does_not_use_the_model(self):
        found = self.include("src/bulkhead/confine/a.cpp", "model/wire.hpp")
        self.assert_one(found, "only app/")

    def test_the_model_sees_no_driver(self):
        found = self.include("model/a.cpp", "bulkhead/driver/ixgbe/registers.hpp")
        self.assert_one(found, "model/a.cpp:2:", "only base")
        found = self.include("model/a.cpp", "bulkhead/bus/function.hpp")
        self.assert_one(found, "only base")

    def test_angle_brackets_hide_nothing(self):
        self.write("src/bulkhead/base/a.hpp", "#  include <bulkhead/app/main.hpp>\n")
        self.assert_one(self.findings(check), "base lies below app")

    def test_relative_includes_are_refused(self):
        self.assert_one(self.include("src/bulkhead/base/a.cpp", "../app/main.hpp"), "from the root")

    def test_every_file_lives_on_a_floor(self):
        self.write("src/bulkhead/misc/a.cpp", "")
        self.write("src/bulkhead/b.cpp", "")
        self.assertEqual(len(self.findings(check)), 2)

    def test_commented_includes_do_not_count(self):
        self.write("src/bulkhead/base/a.cpp", '// #include "bulkhead/app/a.hpp"\n'
                   '/*\n#include "bulkhead/app/a.hpp"\n*/\n')
        self.assertEqual(self.findings(check), [])


if __name__ == "__main__":
    unittest.main()
