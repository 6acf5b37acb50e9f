// What binding changes in the system: for real, or as a script that says what would be done.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

struct Owner {
  std::string name;
  uid_t id;
};
inline const Owner root_user{.name = "root", .id = 0};

/// The user of this name, or of this number. Errors: `not_found`.
Result<Owner> find_user(const std::string& name);

/// What opens a function through VFIO: its group's node and, where the kernel has such, its own.
struct Nodes {
  std::string address;
  std::string group;  ///< empty to leave the group's node out
};

/// Paths are absolute, as the system names them.
class Changes {
 public:
  Changes() = default;
  virtual ~Changes() = default;
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;
  Changes(Changes&&) = delete;
  Changes& operator=(Changes&&) = delete;

  /// Loads the module of vfio-pci. Errors: `not_found` if there is no driver afterwards.
  virtual Result<> load_vfio_pci() = 0;
  /// Writes to a file of sysfs.
  virtual Result<> write(const std::string& file, const std::string& text) = 0;
  /// Errors: `io` if another driver has the function, or none.
  virtual Result<> expect_driver(const std::string& address, const std::string& driver) = 0;
  /// Gives the nodes to an owner. Errors: `not_found` if there is none of them.
  virtual Result<> give(const Nodes& nodes, const Owner& owner) = 0;
  /// Makes a file with this text, and its folder.
  virtual Result<> remember(const std::string& file, const std::string& text) = 0;
  virtual Result<> forget(const std::string& file) = 0;
};

class RealChanges : public Changes {
 public:
  explicit RealChanges(const Machine& machine) : machine_(machine) {}

  Result<> load_vfio_pci() override;
  Result<> write(const std::string& file, const std::string& text) override;
  Result<> expect_driver(const std::string& address, const std::string& driver) override;
  Result<> give(const Nodes& nodes, const Owner& owner) override;
  Result<> remember(const std::string& file, const std::string& text) override;
  Result<> forget(const std::string& file) override;

 private:
  Machine machine_;
};

/// Changes nothing: collects lines that a shell would understand.
class Script : public Changes {
 public:
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

  Result<> load_vfio_pci() override;
  Result<> write(const std::string& file, const std::string& text) override;
  Result<> expect_driver(const std::string& address, const std::string& driver) override;
  Result<> give(const Nodes& nodes, const Owner& owner) override;
  Result<> remember(const std::string& file, const std::string& text) override;
  Result<> forget(const std::string& file) override;

 private:
  std::vector<std::string> lines_;
};

}  // namespace bulkhead::bus
