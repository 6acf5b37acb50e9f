#include "model/listener.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/bus/vfio_user/socket.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

namespace bulkhead::model {
namespace {

// Between bind and listen a socket looks like a dead one, and between the look at a dead one and
// its removal another server may have replaced it: a lock on the folder keeps servers apart.
Result<OwnedFd> lock_folder_of(const std::string& path, std::chrono::nanoseconds patience) {
  auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  OwnedFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return fail_errno(fmt::format("opening the folder {}", folder.native()));
  const auto lock = [&fd] { return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0; };
  if (wait_until(lock, patience, std::chrono::milliseconds{1})) return fd;
  return fail(ErrorCode::timeout,
              fmt::format("another process keeps a lock on the folder {}", folder.native()));
}

Result<> remove_dead_socket(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return fail_errno(fmt::format("looking at {}", path));
  if (!S_ISSOCK(status.st_mode))
    return fail(ErrorCode::invalid_argument, fmt::format("{} exists and is not a socket", path),
                "choose another path, or remove it");
  // Where another kind of socket is alive, the kernel says EPROTOTYPE.
  BULKHEAD_TRY_ASSIGN(const auto probe, vfio_user::new_socket());
  const int error = vfio_user::connect_to(probe.get(), path);
  if (error != ECONNREFUSED)
    return fail(ErrorCode::permission, fmt::format("a server is listening on {} already", path),
                "stop it first, or choose another path");
  if (::unlink(path.c_str()) == 0) return {};
  return fail_errno(fmt::format("removing the socket {} of a dead server", path));
}

Result<> bind_replacing(int socket, const std::string& path) {
  int error = vfio_user::bind_to(socket, path);
  if (error == EADDRINUSE) {
    BULKHEAD_TRY(remove_dead_socket(path));
    error = vfio_user::bind_to(socket, path);
  }
  if (error == 0) return {};
  return fail_errno(error, fmt::format("making the socket {}", path));
}

}  // namespace

Result<Listener> Listener::listen(const std::string& path, const Options& options) {
  if (path.empty()) return fail(ErrorCode::invalid_argument, "no path to make a socket at");
  if (path.size() > vfio_user::longest_socket_path()) return vfio_user::path_too_long(path);
  BULKHEAD_TRY_ASSIGN(const auto lock, lock_folder_of(path, options.patience));
  BULKHEAD_TRY_ASSIGN(auto socket, vfio_user::new_socket(options.kind));
  // Whoever can connect owns the device. bind(2) takes the file's mode from the socket.
  if (::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0) return fail_errno("fchmod of a socket");
  BULKHEAD_TRY(bind_replacing(socket.get(), path));
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return fail_errno(fmt::format("looking at {}", path));

  Listener listener;
  listener.socket_ = std::move(socket);
  listener.path_ = path;
  listener.device_ = status.st_dev;
  listener.inode_ = status.st_ino;
  if (::listen(listener.fd(), options.waiting_clients) != 0) return fail_errno("listen");
  return listener;
}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

Listener::~Listener() {
  if (!socket_) return;
  struct stat status{};
  const bool ours =
      ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
}

Result<OwnedFd> Listener::accept() const {
  OwnedFd client{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (client || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return client;
  return fail_errno(fmt::format("accepting a client at {}", path_),
                    "it may have too many files open: see ulimit -n");
}

}  // namespace bulkhead::model
