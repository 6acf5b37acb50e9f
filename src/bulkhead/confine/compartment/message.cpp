#include "bulkhead/confine/compartment/message.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"
#include "bulkhead/confine/compartment/reader.hpp"
#include "bulkhead/confine/layer.hpp"
#include "bulkhead/queue/batch.hpp"

namespace bulkhead::confine {
namespace {

constexpr uint32_t magic = 0x44484B42;  // "BKHD"
constexpr uint64_t longest_page = 64U << 10U;
constexpr uint32_t longest_frame = 16U << 10U;
constexpr uint64_t largest_file = uint64_t{1} << 52U;
constexpr uint64_t largest_memory = uint64_t{64} << 30U;
enum class Kind : uint32_t { job = 1, descriptors = 2, failure = 3, ready = 4 };

struct Header {
  uint32_t start = magic;
  Kind kind{};
  uint32_t length = 0;  ///< of the whole message
  uint32_t descriptors = 0;
};

/// The alternatives of Work, as they travel.
enum class WorkKind : uint32_t { forward = 1, netdev = 2 };

struct WorkHead {
  WorkKind kind{};
  uint32_t reserved = 0;
};

struct NetdevHead {
  uint32_t longest_frame = 0;
  uint32_t queues = 0;
};

struct JobCounts {
  uint32_t pools = 0;
  uint32_t ports = 0;
};

struct PortHead {
  uint64_t rings_size = 0;
  uint32_t rings = 0;
  uint32_t pages = 0;
  uint32_t pairs = 0;
  uint32_t reserved = 0;
};

struct ReadyHead {
  uint32_t lacks = 0;
  uint32_t reserved = 0;
};

struct FailureHead {
  uint32_t code = 0;
  uint32_t what = 0;
  uint32_t remedy = 0;
  uint32_t reserved = 0;
};

std::vector<std::byte> begin(Kind kind, uint32_t descriptors) {
  std::vector<std::byte> message;
  append(message, Header{.kind = kind, .descriptors = descriptors});
  return message;
}

std::vector<std::byte> finish(std::vector<std::byte> message) {
  auto header = from_bytes<Header>(message);
  header.length = static_cast<uint32_t>(message.size());
  std::ranges::copy(to_bytes(header), message.begin());
  return message;
}

Result<Header> parse_header(Reader& reader, Kind kind, size_t length) {
  BULKHEAD_TRY_ASSIGN(const auto header, reader.take<Header>());
  if (header.start != magic || header.kind != kind || header.length != length)
    return fail(ErrorCode::protocol,
                fmt::format("a message of {} bytes is not what it should be", length));
  return header;
}

Result<> check_descriptor(uint32_t descriptor, uint32_t count) {
  if (descriptor < count) return {};
  return fail(ErrorCode::protocol, fmt::format("descriptor {} of {}", descriptor, count));
}

Result<> check_options(const JobOptions& options, uint32_t descriptors) {
  BULKHEAD_TRY(check_descriptor(options.control, descriptors));
  BULKHEAD_TRY(check_descriptor(options.wake, descriptors));
  if (options.confined > 1 || options.misbehaviour > Misbehaviour::complain ||
      bits_of(layers_of(options.required)) != options.required)
    return fail(ErrorCode::protocol, "a job with options that there are not");
  if (options.batch == 0 || options.batch > queue::Batch::most)
    return fail(ErrorCode::protocol, fmt::format("batches of {}", options.batch));
  return {};
}

void append_work(std::vector<std::byte>& message, const Work& work) {
  if (const auto* netdev = std::get_if<NetdevWork>(&work)) {
    append(message, WorkHead{.kind = WorkKind::netdev});
    append(message, NetdevHead{.longest_frame = netdev->longest_frame,
                               .queues = static_cast<uint32_t>(netdev->queues.size())});
    for (const uint32_t queue : netdev->queues) append(message, queue);
  } else {
    append(message, WorkHead{.kind = WorkKind::forward});
    append(message, std::get<ForwardWork>(work));
  }
}

Result<Work> parse_forward(Reader& reader) {
  BULKHEAD_TRY_ASSIGN(const auto forward, reader.take<ForwardWork>());
  if (forward.touch <= 1 && forward.reserved == 0) return forward;
  return fail(ErrorCode::protocol, "a way of forwarding that there is not");
}

Result<Work> parse_netdev(Reader& reader, uint32_t descriptors) {
  BULKHEAD_TRY_ASSIGN(const auto head, reader.take<NetdevHead>());
  if (head.longest_frame < queue::shortest_frame || head.longest_frame > longest_frame)
    return fail(ErrorCode::protocol, fmt::format("frames of {} bytes", head.longest_frame));
  NetdevWork netdev{.longest_frame = head.longest_frame, .queues = {}};
  BULKHEAD_TRY_ASSIGN(netdev.queues, reader.take_all<uint32_t>(head.queues, JobLimits::pairs));
  for (const uint32_t queue : netdev.queues) BULKHEAD_TRY(check_descriptor(queue, descriptors));
  return netdev;
}

Result<Work> parse_work(Reader& reader, uint32_t descriptors) {
  BULKHEAD_TRY_ASSIGN(const auto head, reader.take<WorkHead>());
  if (head.reserved == 0 && head.kind == WorkKind::forward) return parse_forward(reader);
  if (head.reserved == 0 && head.kind == WorkKind::netdev) return parse_netdev(reader, descriptors);
  return fail(ErrorCode::protocol,
              fmt::format("a job of kind {}", static_cast<uint32_t>(head.kind)));
}

Result<std::vector<PagePart>> parse_pages(Reader& reader, uint32_t count, uint32_t descriptors) {
  BULKHEAD_TRY_ASSIGN(auto pages, reader.take_all<PagePart>(count, JobLimits::pages));
  for (const auto& page : pages) {
    BULKHEAD_TRY(check_descriptor(page.descriptor, descriptors));
    if (page.length == 0 || page.length > longest_page || page.length % 4096 != 0 ||
        page.file_offset % 4096 != 0 || page.file_offset > largest_file)
      return fail(ErrorCode::protocol, fmt::format("a BAR's pages of {:#x} bytes at {:#x}",
                                                   page.length, page.file_offset));
  }
  return pages;
}

Result<PortPart> parse_port(Reader& reader, uint32_t pools, uint32_t descriptors) {
  BULKHEAD_TRY_ASSIGN(const auto head, reader.take<PortHead>());
  BULKHEAD_TRY(check_descriptor(head.rings, descriptors));
  if (head.rings_size == 0 || head.rings_size > largest_memory || head.reserved != 0)
    return fail(ErrorCode::protocol, fmt::format("rings of {:#x} bytes", head.rings_size));
  PortPart port{.rings_size = head.rings_size, .rings = head.rings, .pages = {}, .pairs = {}};
  BULKHEAD_TRY_ASSIGN(port.pages, parse_pages(reader, head.pages, descriptors));
  BULKHEAD_TRY_ASSIGN(port.pairs, reader.take_all<PairPart>(head.pairs, JobLimits::pairs));
  std::vector<Bytes> pages;
  for (const auto& page : port.pages) pages.emplace_back(page.length);
  for (const auto& pair : port.pairs) {
    BULKHEAD_TRY(driver::check(pair.plan, Bytes{head.rings_size}, pages));
    if (pair.pool >= pools)
      return fail(ErrorCode::protocol, fmt::format("pool {} of {}", pair.pool, pools));
    if (pair.plan.has_event != 0) BULKHEAD_TRY(check_descriptor(pair.event, descriptors));
  }
  return port;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text}).first(std::min(text.size(), longest_text));
}

std::string readable(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    const auto character = std::to_integer<unsigned char>(byte);
    text += character < ' ' || character > '~' ? '?' : static_cast<char>(character);
  }
  return text;
}

}  // namespace

std::vector<std::byte> encode(const Job& job, uint32_t descriptors) {
  auto message = begin(Kind::job, descriptors);
  append(message, job.options);
  append_work(message, job.work);
  append(message, JobCounts{.pools = static_cast<uint32_t>(job.pools.size()),
                            .ports = static_cast<uint32_t>(job.ports.size())});
  for (const auto& pool : job.pools) append(message, pool);
  for (const auto& port : job.ports) {
    append(message, PortHead{.rings_size = port.rings_size,
                             .rings = port.rings,
                             .pages = static_cast<uint32_t>(port.pages.size()),
                             .pairs = static_cast<uint32_t>(port.pairs.size())});
    for (const auto& page : port.pages) append(message, page);
    for (const auto& pair : port.pairs) append(message, pair);
  }
  return finish(std::move(message));
}

Result<ParsedJob> parse_job(std::span<const std::byte> message) {
  Reader reader{message};
  BULKHEAD_TRY_ASSIGN(const auto header, parse_header(reader, Kind::job, message.size()));
  const uint32_t descriptors = header.descriptors;
  if (descriptors > JobLimits::descriptors)
    return fail(ErrorCode::protocol, fmt::format("{} descriptors", descriptors));
  ParsedJob parsed{.job = {}, .descriptors = descriptors};
  auto& job = parsed.job;
  BULKHEAD_TRY_ASSIGN(job.options, reader.take<JobOptions>());
  BULKHEAD_TRY(check_options(job.options, descriptors));
  BULKHEAD_TRY_ASSIGN(job.work, parse_work(reader, descriptors));
  BULKHEAD_TRY_ASSIGN(const auto counts, reader.take<JobCounts>());
  BULKHEAD_TRY_ASSIGN(job.pools, reader.take_all<PoolPart>(counts.pools, JobLimits::pools));
  for (const auto& pool : job.pools) {
    BULKHEAD_TRY(check_descriptor(pool.descriptor, descriptors));
    if (pool.size == 0 || pool.size > largest_memory)
      return fail(ErrorCode::protocol, fmt::format("a pool of {:#x} bytes", pool.size));
  }
  if (counts.ports == 0 || counts.ports > JobLimits::ports)
    return fail(ErrorCode::protocol, fmt::format("{} ports", counts.ports));
  for (uint32_t i = 0; i < counts.ports; ++i) {
    BULKHEAD_TRY_ASSIGN(auto port, parse_port(reader, counts.pools, descriptors));
    job.ports.push_back(std::move(port));
  }
  BULKHEAD_TRY(reader.at_end());
  return parsed;
}

std::vector<std::byte> encode_descriptors(uint32_t count) {
  return finish(begin(Kind::descriptors, count));
}

Result<uint32_t> parse_descriptors(std::span<const std::byte> message) {
  Reader reader{message};
  BULKHEAD_TRY_ASSIGN(const auto header, parse_header(reader, Kind::descriptors, message.size()));
  BULKHEAD_TRY(reader.at_end());
  if (header.descriptors == 0 || header.descriptors > vfio_user::our_max_msg_fds)
    return fail(ErrorCode::protocol, fmt::format("{} descriptors at a time", header.descriptors));
  return header.descriptors;
}

std::vector<std::byte> encode_ready(std::string_view lacks) {
  const auto text = bytes_of(lacks);
  auto message = begin(Kind::ready, 0);
  append(message, ReadyHead{.lacks = static_cast<uint32_t>(text.size())});
  message.insert(message.end(), text.begin(), text.end());
  return finish(std::move(message));
}

Result<std::string> parse_ready(std::span<const std::byte> message) {
  Reader reader{message};
  BULKHEAD_TRY(parse_header(reader, Kind::ready, message.size()));
  BULKHEAD_TRY_ASSIGN(const auto head, reader.take<ReadyHead>());
  BULKHEAD_TRY_ASSIGN(const auto lacks, reader.take_bytes(head.lacks, longest_text));
  BULKHEAD_TRY(reader.at_end());
  return readable(lacks);
}

std::vector<std::byte> encode(const Error& failure) {
  const auto what = bytes_of(failure.what);
  const auto remedy = bytes_of(failure.remedy);
  auto message = begin(Kind::failure, 0);
  append(message, FailureHead{.code = static_cast<uint32_t>(failure.code),
                              .what = static_cast<uint32_t>(what.size()),
                              .remedy = static_cast<uint32_t>(remedy.size())});
  message.insert(message.end(), what.begin(), what.end());
  message.insert(message.end(), remedy.begin(), remedy.end());
  return finish(std::move(message));
}

Result<Error> parse_failure(std::span<const std::byte> message) {
  Reader reader{message};
  BULKHEAD_TRY(parse_header(reader, Kind::failure, message.size()));
  BULKHEAD_TRY_ASSIGN(const auto head, reader.take<FailureHead>());
  if (head.code > static_cast<uint32_t>(ErrorCode::io))
    return fail(ErrorCode::protocol, fmt::format("an error of code {}", head.code));
  BULKHEAD_TRY_ASSIGN(const auto what, reader.take_bytes(head.what, longest_text));
  BULKHEAD_TRY_ASSIGN(const auto remedy, reader.take_bytes(head.remedy, longest_text));
  BULKHEAD_TRY(reader.at_end());
  return Error{static_cast<ErrorCode>(head.code), readable(what), readable(remedy)};
}

}  // namespace bulkhead::confine
