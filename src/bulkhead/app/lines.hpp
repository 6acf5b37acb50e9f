// Lines for stderr that nobody waits for.
#pragma once

#include <memory>
#include <string>

namespace bulkhead::app {

/// A thread of its own writes them. Whoever says something goes on at once, even if stderr is a
/// pipe that nobody empties, or one whose reader has gone: lines that find no room are lost.
class Lines {
 public:
  Lines();
  /// What has been said is written if that takes no longer than a second.
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  Lines(Lines&&) = delete;
  Lines& operator=(Lines&&) = delete;

  /// As it is: the line's end is part of it.
  void say(std::string line);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace bulkhead::app
