// What the sanitizers' runtimes need to go on working, and a sandbox would take from them.
#pragma once

#include <cstdint>

namespace bulkhead::confine {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool address_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool address_sanitizer = true;
#else
inline constexpr bool address_sanitizer = false;
#endif
#else
inline constexpr bool address_sanitizer = false;
#endif

inline constexpr bool sanitized = thread_sanitizer || address_sanitizer;

/// Threads that the runtime starts for itself, and nothing here has asked for.
inline constexpr uint32_t runtime_threads = thread_sanitizer ? 1 : 0;

/// LeakSanitizer takes a process of its own that traces this one: inside of a sandbox it cannot.
void look_for_no_more_leaks();

}  // namespace bulkhead::confine
