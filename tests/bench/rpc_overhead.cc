// SPDX-License-Identifier: Apache-2.0
//
// What a call costs that does almost nothing: Version and ListContainers, one after the other.
//
//   rpc_overhead ENDPOINT [COUNT]
#include "tests/bench/cri_client.h"

int main(int argc, char** argv) {
  using berth::bench::CriClient;
  namespace v1 = ::runtime::v1;
  if (argc < 2) {
    fprintf(stderr, "usage: rpc_overhead ENDPOINT [COUNT]\n");
    return 2;
  }
  const int count = argc > 2 ? atoi(argv[2]) : 1000;
  CriClient client(argv[1]);
  berth::bench::Times times;
  for (int i = 0; i < count; ++i) {
    berth::bench::Stopwatch watch;
    client.Call(&v1::RuntimeService::Stub::Version, v1::VersionRequest());
    times.Add("Version", watch.Lap());
    client.Call(&v1::RuntimeService::Stub::ListContainers, v1::ListContainersRequest());
    times.Add("ListContainers", watch.Lap());
  }
  times.Print();
  return 0;
}
