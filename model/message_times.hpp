// When a served device's loop looks for messages of its client, which takes system calls: not in
// every turn, and not every so many turns either, as these last from less than a microsecond to as
// long as 64 frames of 9,000 bytes take. A driver that opens a port waits for more than a thousand
// answers, one after the other.
#pragma once

#include <chrono>

namespace bulkhead::model {

class MessageTimes {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds when_idle{20};
  static constexpr std::chrono::microseconds when_busy{200};  ///< with frames

  /// To be asked after every turn; true if messages are to be looked for now.
  bool due(bool busy, Clock::time_point now) {
    if (now < last_ + (busy ? when_busy : when_idle)) return false;
    last_ = now;
    return true;
  }

 private:
  Clock::time_point last_;
};

}  // namespace bulkhead::model
