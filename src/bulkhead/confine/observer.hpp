// Looks at what is left to a process, by descriptors that it has opened while it still could.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <dirent.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/policy.hpp"
#include "bulkhead/confine/report.hpp"

namespace bulkhead::confine {

/// A folder that was opened in time; its names are read later.
class Folder {
 public:
  /// At a descriptor not below `lowest`.
  static Result<Folder> open(const char* path, int lowest);
  Folder() = default;

  [[nodiscard]] std::vector<std::string> names() const;
  /// Where a link in it leads; empty if there is none.
  [[nodiscard]] std::string link(const std::string& name) const;
  [[nodiscard]] int fd() const { return stream_ ? ::dirfd(stream_.get()) : -1; }

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream_;
};

class Observer {
 public:
  /// Before anything is given up. Errors: what the kernel says, mostly for want of /proc.
  static Result<Observer> create(const Policy& policy);
  /// Inside the namespaces, while files can be opened.
  Result<> look_around();
  /// When files can no longer be opened, but descriptors could be had: whether that is so.
  void try_files();
  /// At last, when all but the system calls is given up.
  Observation observe(std::vector<PassingCalls> calls);

  /// What this object has open, which the process will not have.
  [[nodiscard]] std::vector<int> descriptors() const;

 private:
  explicit Observer(const Policy& policy) : policy_(&policy) {}
  [[nodiscard]] std::vector<OpenDescriptor> open_descriptors() const;
  [[nodiscard]] std::vector<NamespaceId> namespaces() const;
  [[nodiscard]] std::vector<Interface> interfaces() const;
  [[nodiscard]] std::string purpose_of(int fd) const;

  const Policy* policy_;
  int lowest_ = 0;
  Folder open_files_;
  Folder namespaces_;
  Folder root_;
  OwnedFd network_devices_;
  OwnedFd socket_;
  std::vector<NamespaceId> before_;
  bool opens_files_ = true;
};

}  // namespace bulkhead::confine
