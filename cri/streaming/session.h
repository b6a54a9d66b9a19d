// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "cri/streaming/asio.h"
#include "cri/streaming/starters.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// What sessions work with; all of it outlives them.
struct StreamingContext {
  asio::io_context& loop;
  runtime::PodRuntime& runtime;
  Starters& starters;  // for what may block
};

// One client's exec, attach or port-forward, on the server's thread. Its destructor ends it at
// once.
class Session {
 public:
  virtual ~Session() = default;
  // Calls `on_done` once, when it is over, and may be destroyed then, though not within that call.
  virtual void Start(std::function<void()> on_done) = 0;
};

}  // namespace berth::cri
