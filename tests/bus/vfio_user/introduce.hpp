// A client that is introduced to a scripted server, and what becomes of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "bulkhead/bus/vfio_user/client.hpp"

#include "tests/bus/vfio_user/scripted_server.hpp"

namespace bulkhead::vfio_user {

/// Long enough for an answer on a busy machine; the tests of silence have their own.
inline constexpr std::chrono::milliseconds patience{5000};
inline constexpr std::chrono::milliseconds little_patience{20};

inline Result<std::shared_ptr<bus::Function>> introduce(ScriptedServer& server,
                                                        std::chrono::milliseconds time = patience) {
  return Client::adopt(server.take_client(), "test", time);
}

/// What becomes of the introduction if the server twists its answers to one command.
inline Error refused(Command command, const std::function<void(Answer&)>& twist,
                     std::chrono::milliseconds time = patience) {
  ScriptedServer server{[&](const Message& request, Answer& answer) {
    if (request.header.command == command) twist(answer);
  }};
  const auto function = introduce(server, time);
  return function ? Error{ErrorCode::io, "the client was content", {}} : function.error();
}

inline bool contains(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

}  // namespace bulkhead::vfio_user
