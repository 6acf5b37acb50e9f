#include "bulkhead/app/port_pair.hpp"

#include <fmt/format.h>

#include "bulkhead/app/port_report.hpp"
#include "bulkhead/app/port_warnings.hpp"
#include "bulkhead/base/deadline.hpp"
#include "bulkhead/bus/pci_address.hpp"

namespace bulkhead::app {
namespace {

constexpr uint32_t buffers_per_queue = 4096;

std::unexpected<Error> lied(const net::Port& port, std::string_view how) {
  return fail(ErrorCode::hostile_device, fmt::format("{}: {}", port.description(), how),
              "do not trust this device");
}

}  // namespace

MemoryNeed::MemoryNeed(Bytes frames)
    : locked((frames + 2_MiB) * 2), huge_pages((frames + 2_MiB * 2).value() / (2_MiB).value()) {}

void add_port_options(CLI::App& command, PortPairOptions& options) {
  command
      .add_option("A", options.a,
                  options.elsewhere
                      ? "One port: vfio-user:PATH, or a PCI address (03:00.0)"
                      : "One port: vfio-user:PATH, vhost-user:PATH, or a PCI address (03:00.0)")
      ->required();
  command.add_option("B", options.b, "The other port")->required();
  command.add_option("--queues", options.queues, "Queue pairs of each port")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  command.add_option("--mtu", options.mtu, "Longest payload of a frame, in bytes")
      ->check(CLI::Range(68U, 9728U))
      ->capture_default_str();
  command.add_flag("--poll", options.poll,
                   "Never wait for interrupts: forward then looks at the ports all the time, for "
                   "the price of a core");
}

void add_no_iommu_option(CLI::App& command, PortPairOptions& options) {
  command.add_flag("--no-iommu-i-know-dma-can-write-anywhere", options.no_iommu,
                   "Take PCI addresses without VFIO, on a machine without an IOMMU, as root: the "
                   "devices can then write all of this machine's memory");
}

/// A pool a queue pair, for both ports.
static Result<> make_pools(PortPair& ports, const PortPairOptions& options) {
  if (options.in_place) {
    BULKHEAD_TRY_ASSIGN(ports.frames, net::RelayFrames::create(2 * options.queues));
    ports.pools.assign(options.queues, ports.frames->pool());
    return {};
  }
  const auto buffer_size = round_up(Bytes{options.mtu} + 18_B, 1_KiB);
  for (uint32_t i = 0; i < options.queues; ++i) {
    BULKHEAD_TRY_ASSIGN(
        auto pool,
        queue::Pool::create({.buffers = buffers_per_queue,
                             .buffer_size = buffer_size,
                             .placement = options.no_iommu ? memory::Placement::physical
                                                           : memory::Placement::anywhere}));
    ports.pools.push_back(std::move(pool));
  }
  return {};
}

/// A driver that cannot relay does not say which port it is for.
static Result<std::unique_ptr<net::Port>> open_one(const std::string& name,
                                                   const net::PortConfig& config,
                                                   const bus::OpenOptions& how) {
  auto port = net::open_port(name, config, how);
  if (!port && config.in_place && port.error().code == ErrorCode::unsupported)
    return std::unexpected(std::move(port).error().within(name));
  return port;
}

Result<PortPair> open_ports(const PortPairOptions& options) {
  PortPair ports;
  BULKHEAD_TRY(make_pools(ports, options));
  const net::PortConfig config{.pools = ports.pools,
                               .mtu = options.mtu,
                               .promiscuous = true,
                               .interrupts = !options.poll && !options.no_iommu,
                               .elsewhere = options.elsewhere,
                               .in_place = options.in_place};
  const bus::OpenOptions how{.no_iommu = options.no_iommu};
  BULKHEAD_TRY_ASSIGN(ports.port[0], open_one(options.a, config, how));
  BULKHEAD_TRY_ASSIGN(ports.port[1], open_one(options.b, config, how));
  if (bus::pci_address_of(options.a) || bus::pci_address_of(options.b)) {
    warn_of_small_pages(ports.pools);
    if (!options.no_iommu) warn_of_unreadable_log();
  }
  if (config.interrupts) BULKHEAD_TRY(warn_of_naps(ports.port, options.elsewhere));
  return ports;
}

Result<> wait_for_links(PortPair& ports, StopSignal& signal) {
  const auto deadline = Deadline::after(std::chrono::seconds{10});
  for (size_t i = 0; i < ports.port.size(); ++i) {
    auto& port = *ports.port.at(i);
    driver::Link link;
    do {
      BULKHEAD_TRY_ASSIGN(link, port.wait_for_link(std::chrono::milliseconds{100}));
    } while (!link.up && !deadline.reached() && !signal.wait(std::chrono::milliseconds{0}));
    fmt::print(stderr, "{}: {}, {}, link {}\n", i == 0 ? 'A' : 'B', port.description(),
               port.mac().to_string(), to_string(link));
  }
  return {};
}

Result<> check_alive(PortPair& ports) {
  for (const auto& port : ports.port)
    if (auto alive = port->check_alive(); !alive)
      return std::unexpected(std::move(alive).error().within(port->description()));
  return {};
}

Result<> check_ports(PortPair& ports, std::array<net::Forwarder::Stopped, 2> stopped) {
  BULKHEAD_TRY(check_alive(ports));
  for (size_t i = 0; i < ports.port.size(); ++i) {
    const auto& port = *ports.port.at(i);
    if (stopped.at(i).rx)
      return lied(port,
                  "an rx queue has stopped: the device gave back a buffer that it did not have");
    if (stopped.at(1 - i).tx)
      return lied(port,
                  "a tx queue has stopped: the device reported as sent what it was not given");
  }
  return {};
}

Result<> read_statistics(PortPair& ports) {
  for (const auto& port : ports.port)
    if (auto statistics = port->statistics(); !statistics)
      return std::unexpected(std::move(statistics).error().within(port->description()));
  return {};
}

Result<net::Waiter> arrivals_at(PortPair& ports, QueuePairs pairs) {
  std::vector<queue::RxQueue*> queues;
  for (const auto& port : ports.port)
    for (uint32_t i = pairs.first; i < port->queues() && !port->in_place(); i += pairs.step)
      queues.push_back(&port->rx(QueueId{static_cast<uint16_t>(i)}));
  return net::Waiter::create(std::move(queues));
}

}  // namespace bulkhead::app
