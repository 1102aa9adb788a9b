using System.Diagnostics;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>What a Pawl that was killed left running is ended before somebody else works in its folder.</summary>
public sealed class LeftoverTests
{
    [Fact]
    public async Task EndLeftovers_GitOfTheFolder_HasEnded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by /proc.");
        using var folder = new TemporaryFolder();
        using var ours = Start(folder["CHG-1/repository/repository.git"]);
        using var others = Start(folder["CHG-10/repository/repository.git"]);

        await Sandbox.EndLeftoversAsync(folder["CHG-1"]);

        var isLeft = ProcessTable.Find(ours.Id) is { IsAlive: true };
        var isSpared = !others.HasExited;
        if (!others.HasExited) others.Kill();
        Assert.Equal((false, true), (isLeft, isSpared));
    }

    [Fact]
    public async Task EndLeftovers_WhatACommandLeftOnTheLowestRung_HasEnded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by /proc.");
        using var folder = new TemporaryFolder();
        using var left = Start(("PAWL_SANDBOX", "0123"), ("PAWL_CHANGE", "CHG-1"));
        using var others = Start(("PAWL_SANDBOX", "0123"), ("PAWL_CHANGE", "CHG-10"));

        await Sandbox.EndLeftoversAsync(folder["CHG-1"]);

        var isLeft = ProcessTable.Find(left.Id) is { IsAlive: true };
        var isSpared = !others.HasExited;
        if (!others.HasExited) others.Kill();
        Assert.Equal((false, true), (isLeft, isSpared));
    }

    // As long-lived as git is when it writes a large tree.
    private static Process Start(string gitDirectory) => Start(("GIT_DIR", gitDirectory));

    private static Process Start(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("sleep", ["60"]);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
