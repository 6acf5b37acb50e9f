// What a function was like before it was bound to vfio-pci, kept in /run/bulkhead/bound/ until it
// is unbound or the machine restarts.
#pragma once

#include <optional>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

struct Previous {
  std::string driver;           ///< empty if none was bound
  std::string driver_override;  ///< empty if there was none
  std::string power_control;    ///< "auto" or "on"; empty if it was not changed

  friend bool operator==(const Previous&, const Previous&) = default;
};

/// The file that keeps it: "/run/bulkhead/bound/0000:03:00.0".
std::string previous_file(const std::string& address);
std::string to_text(const Previous& previous);
/// `permission` if somebody else than root and this user could change what is kept: root would be
/// led to write where that user likes.
Result<> check_keeping_place(const Machine& machine);
/// None if nothing is kept, or not safely: the function was bound by other means.
std::optional<Previous> recall(const Machine& machine, const std::string& address);

}  // namespace bulkhead::bus
