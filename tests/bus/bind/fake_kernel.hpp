// A made-up machine whose drivers come and go as the kernel lets them.
#pragma once

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "bulkhead/bus/bind/changes.hpp"
#include "bulkhead/bus/text_files.hpp"

#include "tests/bus/made_up_machine.hpp"

namespace bulkhead::bus {

/// Writes to sysfs do what the kernel would do, and owners of nodes are noted.
class FakeKernel : public Changes {
 public:
  explicit FakeKernel(const MadeUpMachine& made_up) : real_(made_up.machine), made_up_(made_up) {}

  Result<> load_vfio_pci() override { return real_.load_vfio_pci(); }
  Result<> expect_driver(const std::string& address, const std::string& driver) override {
    return real_.expect_driver(address, driver);
  }
  Result<> remember(const std::string& file, const std::string& text) override {
    return real_.remember(file, text);
  }
  Result<> forget(const std::string& file) override { return real_.forget(file); }
  Result<> write(const std::string& file, const std::string& text) override {
    BULKHEAD_TRY(real_.write(file, text));
    written.push_back(text == "\n" ? file + " cleared" : file + " " + text);
    const std::filesystem::path path{file};
    if (path.filename() == "unbind")
      BULKHEAD_TRY(remove_driver(text, path.parent_path().filename()));
    if (path.filename() == "bind") probe(text, path.parent_path().filename());
    if (path.filename() == "drivers_probe") probe(text, chosen_driver(text));
    return {};
  }
  Result<> give(const Nodes& nodes, const Owner& owner) override {
    owners[nodes.address] = owner.name;
    if (!nodes.group.empty()) owners["group " + nodes.group] = owner.name;
    return {};
  }

  std::vector<std::string> written;
  std::map<std::string, std::string> owners;
  std::string refusing_driver;   ///< its probe fails
  std::string refused_function;  ///< vfio-pci's probe fails
  std::string intruding_driver;  ///< takes what that one refuses
  std::map<std::string, std::string> natural_driver;

 private:
  std::string chosen_driver(const std::string& address) {
    const auto forced =
        read_line(made_up_.machine.at(MadeUpMachine::file_of(address, "driver_override")));
    return forced.empty() || forced == "(null)" ? natural_driver[address] : forced;
  }
  void probe(const std::string& address, const std::string& driver) const {
    if (driver == "vfio-pci" && address == refused_function) return;
    if (driver == refusing_driver && !intruding_driver.empty())
      made_up_.set_driver(address, intruding_driver);
    if (!driver.empty() && driver != refusing_driver &&
        is_there(made_up_.machine.at("/sys/bus/pci/drivers/" + driver)))
      made_up_.set_driver(address, driver);
  }
  [[nodiscard]] Result<> remove_driver(const std::string& address,
                                       const std::string& driver) const {
    const auto link = made_up_.machine.at(MadeUpMachine::file_of(address, "driver"));
    if (link_target_name(link) != driver) return fail_errno(ENODEV, driver + " has no " + address);
    std::filesystem::remove(link);
    return {};
  }

  RealChanges real_;
  const MadeUpMachine& made_up_;
};

/// A machine with vfio-pci and ixgbe, and a card of ixgbe's in IOMMU group 17; root runs.
class MachineWithCard : public MadeUpMachine {
 public:
  static constexpr const char* card = "0000:03:00.0";

  MachineWithCard() {
    set_user(0);
    for (const auto* driver : {"ixgbe", "vfio-pci"}) add_driver(driver);
    write("/sys/bus/pci/drivers_probe", "");
    add_card(card);
  }
  void add_card(const std::string& address) const {
    add_function(address, "0x020000");
    set_driver(address, "ixgbe");
    put_into_group(address, "17");
    write(file_of(address, "net/eth0/flags"), "0x1002");
    write(file_of(address, "power_state"), "D0");
    write(file_of(address, "power/control"), "auto");
  }
  [[nodiscard]] std::string driver_of(const std::string& address) const {
    return link_target_name(machine.at(file_of(address, "driver")));
  }
};

}  // namespace bulkhead::bus
