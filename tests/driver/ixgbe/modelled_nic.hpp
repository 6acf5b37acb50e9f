// The modelled 82599 in a thread of its own, reached over vfio-user as from another process.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "bulkhead/bus/vfio_user/client.hpp"

#include "model/ixgbe/ixgbe_model.hpp"
#include "model/vfio_user/server.hpp"

#include "tests/driver/frames.hpp"

namespace bulkhead::ixgbe {

using driver::Frame;

/// Both ends of the cable: the test holds the other one.
class Cable {
 public:
  void put(Frame frame) {
    const std::scoped_lock lock{mutex_};
    in_.push_back(std::move(frame));
  }
  std::vector<Frame> take() {
    const std::scoped_lock lock{mutex_};
    return std::exchange(out_, {});
  }
  std::atomic<bool> plugged{true};
  std::atomic<bool> blocked{false};  ///< nothing gets out

 private:
  friend class TestWire;
  std::mutex mutex_;
  std::deque<Frame> in_;
  std::vector<Frame> out_;
};

class TestWire final : public model::Wire {
 public:
  explicit TestWire(std::shared_ptr<Cable> cable) : cable_(std::move(cable)) {}
  std::span<const std::byte> peek() override {
    const std::scoped_lock lock{cable_->mutex_};
    if (!offered_ && !cable_->in_.empty()) {
      offered_ = std::move(cable_->in_.front());
      cable_->in_.pop_front();
    }
    return offered_ ? std::span<const std::byte>{*offered_} : std::span<const std::byte>{};
  }
  void consume() override { offered_.reset(); }
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override {
    if (cable_->blocked) return false;
    const std::scoped_lock lock{cable_->mutex_};
    cable_->out_.emplace_back(frame.begin(), frame.end());
    return true;
  }
  [[nodiscard]] bool link_up() override { return cable_->plugged; }

 private:
  std::shared_ptr<Cable> cable_;
  std::optional<Frame> offered_;
};

class ModelledNic {
 public:
  explicit ModelledNic(const model::ixgbe::Options& options = {})
      : cable_(std::make_shared<Cable>()),
        device_(*model::ixgbe::make_ixgbe(options, std::make_unique<TestWire>(cable_))),
        server_(std::make_unique<model::Server>(*device_)) {
    std::array<int, 2> sockets{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
    EXPECT_TRUE(server_->adopt(OwnedFd{sockets[0]}));
    thread_ = std::thread{[this] { serve(); }};
    auto function = vfio_user::Client::adopt(OwnedFd{sockets[1]}, "vfio-user:test");
    EXPECT_TRUE(function) << function.error().message();
    function_ = *std::move(function);
  }
  ModelledNic(const ModelledNic&) = delete;
  ModelledNic& operator=(const ModelledNic&) = delete;
  ModelledNic(ModelledNic&&) = delete;
  ModelledNic& operator=(ModelledNic&&) = delete;
  ~ModelledNic() {
    function_.reset();
    stop_serving();
  }

  [[nodiscard]] std::shared_ptr<bus::Function> function() const { return function_; }
  [[nodiscard]] Cable& cable() { return *cable_; }
  /// Ends the server, as if its process had died: its socket is closed.
  void die() {
    stop_serving();
    server_.reset();
  }
  /// What the model has counted; only after it has stopped serving.
  [[nodiscard]] const model::ixgbe::Trouble& trouble() {
    stop_serving();
    return device_->trouble();
  }

 private:
  void serve() {
    while (!stop_) {
      const bool served = server_->service();
      if (!device_->work() && !served) std::this_thread::yield();
    }
  }
  void stop_serving() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<Cable> cable_;
  std::unique_ptr<model::ixgbe::Ixgbe> device_;
  std::unique_ptr<model::Server> server_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
  std::shared_ptr<bus::Function> function_;
};

}  // namespace bulkhead::ixgbe
