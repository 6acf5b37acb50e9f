// bind(2) and connect(2) for Unix socket paths.
#pragma once

#include <cstddef>
#include <string>

namespace bulkhead::model {

inline constexpr size_t max_unix_path = 108;  ///< with its final NUL

/// As the system calls: 0, or -1 and errno. The path is shorter than max_unix_path.
int bind_unix(int socket, const std::string& path);
int connect_unix(int socket, const std::string& path);

}  // namespace bulkhead::model
