// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/spec/mounts.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {

class MountTest : public ::testing::Test {
 protected:
  MountTest() { facts_.cgroup_mounts = {{"", "cgroup2", {}}}; }

  v1::Mount& Add(const std::string& host_path, const std::string& container_path) {
    v1::Mount* mount = container_.add_mounts();
    mount->set_host_path(host_path);
    mount->set_container_path(container_path);
    return *mount;
  }
  v1::Mount& AddImage(const std::string& image, const std::string& container_path) {
    v1::Mount* mount = container_.add_mounts();
    mount->mutable_image()->set_image(image);
    mount->set_container_path(container_path);
    mount->set_readonly(true);
    return *mount;
  }

  MountInputs Inputs() { return {container_, facts_, host_, files_, image_volumes_}; }

  v1::ContainerConfig container_;
  HostFacts facts_;
  FakeHostFiles host_;
  PodFiles files_ = {"/p/hosts", "/p/hostname", "/p/resolv.conf", "/p/shm"};
  std::map<std::string, ContainerRoot> image_volumes_;
};

}  // namespace berth::runtime
