using System.Diagnostics;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>The folders of commands that record nothing, and what a killed one left.</summary>
public sealed class TemporaryWorkTests
{
    private readonly string _kind = "test" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Create_WhatAKilledProcessLeft_IsTakenAwayWithWhatRunsThere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Owners and processes are told by Linux.");
        var left = Left();
        File.WriteAllText(Path.Combine(left, "lock"), "");
        var start = new ProcessStartInfo("sleep", ["60"]);
        (start.Environment["PAWL_SANDBOX"], start.Environment["PAWL_REPORTS"]) = ("0123", left + "/reports");
        using var running = Process.Start(start)!;

        using var work = await TemporaryWork.CreateAsync(_kind);

        var isRunning = ProcessTable.Find(running.Id) is { IsAlive: true };
        if (isRunning) running.Kill();
        Assert.Equal((false, false), (Directory.Exists(left), isRunning));
    }

    [Fact]
    public async Task Create_WhatIsInUseOrOfOthers_IsLeftAlone()
    {
        var others = Left();
        using var first = await TemporaryWork.CreateAsync(_kind);
        using (var second = await TemporaryWork.CreateAsync(_kind))
        {
            Assert.True(Directory.Exists(first.Folder));
            Assert.NotEqual(first.Folder, second.Folder);
        }

        Assert.Equal(new[] { first.Folder, others }.Order(), Directory.GetDirectories(Path.GetTempPath(), $"pawl-{_kind}-*").Order());
        Directory.Delete(others);
    }

    private string Left() => Directory.CreateTempSubdirectory($"pawl-{_kind}-").FullName;
}
