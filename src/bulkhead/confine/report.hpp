// What remains to a confined process, as it was observed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkhead/confine/layer.hpp"
#include "bulkhead/confine/system_calls.hpp"

namespace bulkhead::confine {

/// A capability set's name and its bits.
struct CapabilitySet {
  std::string name;
  uint64_t bits;
};

struct OpenDescriptor {
  int fd;
  std::string what;     ///< as the kernel calls it: "socket:[1234]"
  std::string purpose;  ///< as the policy calls it; empty for one that was not named
};

struct NamespaceId {
  std::string kind;  ///< "net"
  std::string id;    ///< "net:[4026532008]"
  bool own;          ///< another one than before
};

struct Interface {
  std::string name;
  bool up;
};

struct Limit {
  std::string name;
  uint64_t value;  ///< the hard one
};

/// Calls that do not kill, found by making every one of them in a process of its own.
struct PassingCalls {
  std::string whose;               ///< "the calling thread", "threads"
  std::vector<int> passing;        ///< whatever their arguments
  std::vector<int> conditional;    ///< with some arguments only
  std::vector<int> of_the_kernel;  ///< of `passing`: those that no filter stops
};

struct Observation {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;
  std::vector<CapabilitySet> capabilities;  ///< all five
  std::vector<OpenDescriptor> descriptors;
  std::vector<std::string> root;  ///< what lies in "/"
  std::vector<Interface> interfaces;
  std::vector<NamespaceId> namespaces;
  std::vector<Limit> limits;
  bool no_new_privileges = false;
  bool no_new_code = false;
  bool dumpable = true;
  bool opens_files = true;  ///< an attempt to open "/" succeeded
  int landlock_abi = 0;     ///< the kernel's; 0: it has none
  std::vector<PassingCalls> system_calls;
};

struct Report {
  std::vector<LayerState> layers;
  std::optional<Observation> observed{};  ///< if the policy asked for it
};

/// The layers that are not there though nothing in the policy rules them out, and why: one line for
/// a person, empty if there are none.
std::string what_is_lacking(const Report& report);
/// All of it, for a person and for a program.
std::string to_text(const Report& report);
std::string to_json(const Report& report);

}  // namespace bulkhead::confine
