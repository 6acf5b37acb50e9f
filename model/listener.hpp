// A Unix socket that a server listens on, and its file: there as long as this object is.
#pragma once

#include <chrono>
#include <string>

#include <sys/types.h>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"

namespace bulkhead::model {

class Listener {
 public:
  struct Options {
    vfio_user::SocketKind kind = vfio_user::SocketKind::stream;
    int waiting_clients = 8;
    /// How long to wait for others that make sockets in the same folder.
    std::chrono::nanoseconds patience = std::chrono::seconds{5};
  };

  /// Listens at `path`, for this user only. A socket that a dead server left there is replaced.
  /// Errors: `invalid_argument` (path too long, or a file that is no socket), `permission` if a
  /// server is listening there already, `timeout`, or what the kernel says.
  static Result<Listener> listen(const std::string& path, const Options& options);
  static Result<Listener> listen(const std::string& path) { return listen(path, Options{}); }

  Listener() = default;
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&& other) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Removes the socket's file, unless another has taken its place.
  ~Listener();

  explicit operator bool() const { return static_cast<bool>(socket_); }
  /// -1 if nothing is listened on.
  [[nodiscard]] int fd() const { return socket_.get(); }
  /// A client that waits to be served, non-blocking; empty if there is none. Errors: `no_memory`
  /// when there are no descriptors left. The client still waits then: do not ask again at once.
  [[nodiscard]] Result<OwnedFd> accept() const;

 private:
  OwnedFd socket_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace bulkhead::model
