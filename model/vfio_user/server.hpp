// Offers a device to one client at a time over vfio-user. A server never waits: it shares a thread
// with the device's work and with other servers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

#include "model/device.hpp"
#include "model/listener.hpp"
#include "model/vfio_user/session.hpp"

namespace bulkhead::model {

class Server {
 public:
  using Log = std::function<void(std::string_view line)>;

  /// Offers `device`, which must outlive the server. `log` gets one line for each connection that
  /// ends by the client's fault.
  explicit Server(Device& device, Log log = {}, const Patience& patience = {});

  /// Listens at `path` from now on (for this user only) and until destruction, which removes the
  /// socket's file. Errors: those of Listener::listen().
  Result<> listen(const std::string& path);
  /// Serves a client whose connection comes another way. Errors: `permission` if there is one.
  Result<> adopt(OwnedFd connected);

  /// Handles what has arrived, a bounded number of messages, without waiting; false if there was
  /// nothing to do.
  bool service();

  /// What to poll(2) for: there is work for service() when one of these is ready, and at the latest
  /// after a second (a client that connects must introduce itself in time).
  [[nodiscard]] std::vector<pollfd> fds() const;

  [[nodiscard]] bool connected() const { return session_ != nullptr; }
  /// Why the last connection that ended badly did so; empty if none has.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  bool accept_clients();
  void cannot_accept(const Error& error);
  [[nodiscard]] bool accepting() const;
  bool serve_client();
  void report(std::string line);

  Device& device_;
  Log log_;
  Patience patience_;
  Listener listener_;
  std::optional<Deadline> accept_again_;  ///< set while there are no descriptors for clients
  std::unique_ptr<Session> session_;
  std::string last_error_;
};

}  // namespace bulkhead::model
