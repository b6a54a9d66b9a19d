// SPDX-License-Identifier: Apache-2.0
#include "cri/metric_table.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "absl/strings/str_cat.h"

namespace berth::cri {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

constexpr const char* kLabels[] = {"id", "name", "image", "namespace", "pod", "container"};
constexpr size_t kMaxOwnLabels = 4;

uint64_t Seconds(uint64_t ns) {
  return ns / kNanosecondsPerSecond;
}

std::optional<uint64_t> Seconds(std::optional<uint64_t> ns) {
  return ns.has_value() ? std::optional(Seconds(*ns)) : std::nullopt;
}

struct Row;

// Takes the values of one row after the other.
class Output {
 public:
  Output(const Measured& measured, const DeviceName& device_name)
      : labels_{measured.figures.cgroup_path, measured.id,  measured.image,
                measured.pod_namespace,       measured.pod, measured.container},
        device_name_(device_name) {}

  void Begin(const Row& row) { row_ = &row; }
  // `own` are the values of the row's own labels.
  void Add(uint64_t value, std::initializer_list<std::string> own = {});
  void Add(std::optional<uint64_t> value, std::initializer_list<std::string> own = {}) {
    if (value.has_value()) {
      Add(*value, own);
    }
  }
  std::string DeviceOf(const runtime::DeviceIo& io) const {
    return device_name_(io.major, io.minor);
  }
  google::protobuf::RepeatedPtrField<v1::Metric> Take() { return std::move(metrics_); }

 private:
  const std::array<std::string, std::size(kLabels)> labels_;
  const DeviceName& device_name_;
  const Row* row_ = nullptr;
  google::protobuf::RepeatedPtrField<v1::Metric> metrics_;
};

struct Row {
  const char* name;
  const char* help;
  v1::MetricType type;
  std::array<const char*, kMaxOwnLabels> own_labels;  // up to the first null
  void (*add)(const Measured&, Output&);
};

void Output::Add(uint64_t value, std::initializer_list<std::string> own) {
  v1::Metric& metric = *metrics_.Add();
  metric.set_name(row_->name);
  metric.set_metric_type(row_->type);
  metric.mutable_label_values()->Reserve(static_cast<int>(labels_.size() + own.size()));
  for (const std::string& label : labels_) {
    *metric.add_label_values() = label;
  }
  for (const std::string& label : own) {
    *metric.add_label_values() = label;
  }
  metric.mutable_value()->set_value(value);
}

void AddPageFaults(const Measured& m, Output& out) {
  const runtime::CgroupFigures& figures = m.figures.cgroup;
  out.Add(figures.own_page_faults, {"pgfault", "container"});
  out.Add(figures.own_major_page_faults, {"pgmajfault", "container"});
  out.Add(figures.stats.page_faults, {"pgfault", "hierarchy"});
  out.Add(figures.stats.major_page_faults, {"pgmajfault", "hierarchy"});
}

void AddDeviceUsage(const Measured& m, Output& out) {
  for (const runtime::DeviceIo& io : m.figures.cgroup.devices) {
    const std::string major = absl::StrCat(io.major), minor = absl::StrCat(io.minor);
    out.Add(io.read_bytes, {out.DeviceOf(io), major, minor, "Read"});
    out.Add(io.written_bytes, {out.DeviceOf(io), major, minor, "Write"});
  }
}

uint64_t SwapLimit(const Measured& m) {
  const runtime::CgroupStats& stats = m.figures.cgroup.stats;
  return stats.swap_limit.has_value() && stats.memory_limit.has_value()
             ? *stats.memory_limit + *stats.swap_limit
             : 0;
}

// clang-format off
constexpr Row kRows[] = {
    {"container_cpu_usage_seconds_total", "CPU time used, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(Seconds(m.figures.cgroup.stats.cpu_usage_ns)); }},
    {"container_cpu_user_seconds_total", "CPU time used in user mode, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(Seconds(m.figures.cgroup.cpu_user_ns)); }},
    {"container_cpu_system_seconds_total", "CPU time used in the kernel, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(Seconds(m.figures.cgroup.cpu_system_ns)); }},
    {"container_cpu_cfs_periods_total", "Periods of the CPU limit that have passed.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.cfs_periods); }},
    {"container_cpu_cfs_throttled_periods_total", "Periods in which the CPU limit was reached.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.throttled_periods); }},
    {"container_cpu_cfs_throttled_seconds_total", "Time spent throttled, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(Seconds(m.figures.cgroup.throttled_ns)); }},
    {"container_memory_cache", "Page cache, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.memory_cache); }},
    {"container_memory_failcnt", "Times that the memory limit was reached.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.memory_failures); }},
    {"container_memory_failures_total", "Page faults.", v1::COUNTER, {"failure_type", "scope"}, [](const Measured& m, Output& out) { AddPageFaults(m, out); }},
    {"container_memory_kernel_usage", "Memory of the kernel, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.kernel_memory); }},
    {"container_memory_mapped_file", "Mapped files, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.memory_mapped); }},
    {"container_memory_max_usage_bytes", "The most memory that was used, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.memory_max); }},
    {"container_memory_rss", "Anonymous memory, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.memory_rss); }},
    {"container_memory_swap", "Swap used, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.swap_usage); }},
    {"container_memory_usage_bytes", "Memory used, page cache included, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.memory_usage); }},
    {"container_memory_working_set_bytes", "Memory that cannot be reclaimed easily, in bytes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.memory_working_set); }},
    {"container_oom_events_total", "Processes killed for want of memory.", v1::COUNTER, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.oom_kills); }},
    {"container_fs_inodes_free", "Inodes that are free.", v1::GAUGE, {"device"}, [](const Measured& m, Output& out) { if (m.filesystem.has_value()) {
         out.Add(m.filesystem->free_inodes, {m.filesystem->device});
       } }},
    {"container_fs_inodes_total", "Inodes that there are.", v1::GAUGE, {"device"}, [](const Measured& m, Output& out) { if (m.filesystem.has_value()) {
         out.Add(m.filesystem->inodes, {m.filesystem->device});
       } }},
    {"container_fs_limit_bytes", "The size of the filesystem, in bytes.", v1::GAUGE, {"device"}, [](const Measured& m, Output& out) { if (m.filesystem.has_value()) {
         out.Add(m.filesystem->bytes, {m.filesystem->device});
       } }},
    {"container_fs_usage_bytes", "What the writable layer takes, in bytes.", v1::GAUGE, {"device"}, [](const Measured& m, Output& out) { if (m.filesystem.has_value()) {
         out.Add(m.filesystem->used_bytes, {m.filesystem->device});
       } }},
    {"container_fs_reads_bytes_total", "Bytes read from block devices.", v1::COUNTER, {"device"}, [](const Measured& m, Output& out) { for (const runtime::DeviceIo& io : m.figures.cgroup.devices) {
         out.Add(io.read_bytes, {out.DeviceOf(io)});
       } }},
    {"container_fs_reads_total", "Reads from block devices.", v1::COUNTER, {"device"}, [](const Measured& m, Output& out) { for (const runtime::DeviceIo& io : m.figures.cgroup.devices) {
         out.Add(io.reads, {out.DeviceOf(io)});
       } }},
    {"container_fs_writes_bytes_total", "Bytes written to block devices.", v1::COUNTER, {"device"}, [](const Measured& m, Output& out) { for (const runtime::DeviceIo& io : m.figures.cgroup.devices) {
         out.Add(io.written_bytes, {out.DeviceOf(io)});
       } }},
    {"container_fs_writes_total", "Writes to block devices.", v1::COUNTER, {"device"}, [](const Measured& m, Output& out) { for (const runtime::DeviceIo& io : m.figures.cgroup.devices) {
         out.Add(io.writes, {out.DeviceOf(io)});
       } }},
    {"container_blkio_device_usage_total", "Bytes transferred, by device and operation.", v1::COUNTER, {"device", "major", "minor", "operation"}, [](const Measured& m, Output& out) { AddDeviceUsage(m, out); }},
    {"container_network_receive_bytes_total", "Bytes received.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.receive_bytes, {usage.name});
       } }},
    {"container_network_receive_errors_total", "Errors when packets were received.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.receive_errors, {usage.name});
       } }},
    {"container_network_receive_packets_total", "Packets received.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.receive_packets, {usage.name});
       } }},
    {"container_network_receive_packets_dropped_total", "Packets dropped instead of received.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.receive_dropped, {usage.name});
       } }},
    {"container_network_transmit_bytes_total", "Bytes sent.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.transmit_bytes, {usage.name});
       } }},
    {"container_network_transmit_errors_total", "Errors when packets were sent.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.transmit_errors, {usage.name});
       } }},
    {"container_network_transmit_packets_total", "Packets sent.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.transmit_packets, {usage.name});
       } }},
    {"container_network_transmit_packets_dropped_total", "Packets dropped instead of sent.", v1::COUNTER, {"interface"}, [](const Measured& m, Output& out) { for (const runtime::InterfaceUsage& usage : m.interfaces) {
         out.Add(usage.transmit_dropped, {usage.name});
       } }},
    {"container_processes", "Processes.", v1::GAUGE, {}, [](const Measured& m, Output& out) { if (m.figures.processes.has_value()) {
         out.Add(m.figures.processes->processes);
       } }},
    {"container_threads", "Threads.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.pids); }},
    {"container_threads_max", "The most threads there may be; 0: no limit.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.pids_limit.value_or(0)); }},
    {"container_sockets", "Open sockets.", v1::GAUGE, {}, [](const Measured& m, Output& out) { if (m.figures.processes.has_value()) {
         out.Add(m.figures.processes->sockets);
       } }},
    {"container_file_descriptors", "Open file descriptors.", v1::GAUGE, {}, [](const Measured& m, Output& out) { if (m.figures.processes.has_value()) {
         out.Add(m.figures.processes->descriptors);
       } }},
    {"container_ulimits_soft", "Soft limits of the first process.", v1::GAUGE, {"ulimit"}, [](const Measured& m, Output& out) { if (m.figures.processes.has_value()) {
         out.Add(m.figures.processes->open_files_limit, {"max_open_files"});
       } }},
    {"container_spec_cpu_period", "The period of the CPU limit, in microseconds.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.cpu_period); }},
    {"container_spec_cpu_quota", "The CPU limit a period, in microseconds.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.cpu_quota); }},
    {"container_spec_cpu_shares", "The share of CPU time.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.cpu_shares); }},
    {"container_spec_memory_limit_bytes", "The memory limit, in bytes; 0: none.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.stats.memory_limit.value_or(0)); }},
    {"container_spec_memory_reservation_limit_bytes", "The memory reserved, in bytes; 0: none.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(m.figures.cgroup.memory_reservation.value_or(0)); }},
    {"container_spec_memory_swap_limit_bytes", "The limit of memory and swap, in bytes; 0: none.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(SwapLimit(m)); }},
    {"container_last_seen", "When this was measured, in seconds since 1970.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(static_cast<uint64_t>(m.at / kNanosecondsPerSecond)); }},
    {"container_start_time_seconds", "The start, in seconds since 1970.", v1::GAUGE, {}, [](const Measured& m, Output& out) { out.Add(static_cast<uint64_t>(m.started_at / kNanosecondsPerSecond)); }},
    {"container_hugetlb_usage_bytes", "Huge pages used, in bytes.", v1::GAUGE, {"pagesize"}, [](const Measured& m, Output& out) { for (const runtime::HugepageFigures& pages : m.figures.cgroup.hugepages) {
         out.Add(pages.bytes, {pages.size});
       } }},
    {"container_hugetlb_max_usage_bytes", "The most huge pages that were used, in bytes.", v1::GAUGE, {"pagesize"}, [](const Measured& m, Output& out) { for (const runtime::HugepageFigures& pages : m.figures.cgroup.hugepages) {
         out.Add(pages.max_bytes, {pages.size});
       } }},
    {"container_pressure_cpu_stalled_seconds_total", "Time in which all tasks waited for CPU time, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.cpu_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.cpu_pressure->full.total_ns));
       } }},
    {"container_pressure_cpu_waiting_seconds_total", "Time in which a task waited for CPU time, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.cpu_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.cpu_pressure->some.total_ns));
       } }},
    {"container_pressure_io_stalled_seconds_total", "Time in which all tasks waited for I/O, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.io_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.io_pressure->full.total_ns));
       } }},
    {"container_pressure_io_waiting_seconds_total", "Time in which a task waited for I/O, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.io_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.io_pressure->some.total_ns));
       } }},
    {"container_pressure_memory_stalled_seconds_total", "Time in which all tasks waited for memory, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.memory_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.memory_pressure->full.total_ns));
       } }},
    {"container_pressure_memory_waiting_seconds_total", "Time in which a task waited for memory, in seconds.", v1::COUNTER, {}, [](const Measured& m, Output& out) { if (m.figures.cgroup.stats.memory_pressure.has_value()) {
         out.Add(Seconds(m.figures.cgroup.stats.memory_pressure->some.total_ns));
       } }},
};

}  // namespace

google::protobuf::RepeatedPtrField<v1::MetricDescriptor> MetricDescriptors() {
  google::protobuf::RepeatedPtrField<v1::MetricDescriptor> descriptors;
  for (const Row& row : kRows) {
    v1::MetricDescriptor& descriptor = *descriptors.Add();
    descriptor.set_name(row.name);
    descriptor.set_help(row.help);
    for (const char* label : kLabels) {
      descriptor.add_label_keys(label);
    }
    for (const char* label : row.own_labels) {
      if (label != nullptr) {
        descriptor.add_label_keys(label);
      }
    }
  }
  return descriptors;
}

google::protobuf::RepeatedPtrField<v1::Metric> MetricsOf(const Measured& measured,
                                                         const DeviceName& device_name) {
  Output output(measured, device_name);
  for (const Row& row : kRows) {
    output.Begin(row);
    row.add(measured, output);
  }
  return output.Take();
}

}  // namespace berth::cri
