using Pawl.Changes.Reports;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>
/// What a change must pass: the file <c>.pawl/gate.yaml</c>, always as it stands in the commit that the change starts from, so that no change
/// judges itself.
/// </summary>
internal sealed record GateFile
{
    /// <summary>Where it stands in a repository.</summary>
    public const string Path = ".pawl/gate.yaml";

    /// <summary>What makes a fresh checkout ready, before the agent has touched anything: with network, one after another.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Setup { get; init; } = [];

    /// <summary>The checks, in order. At least one.</summary>
    public required IReadOnlyList<GateCheck> Checks { get; init; }

    /// <summary>What an agent should not touch: a change to it is a finding.</summary>
    public GlobSet Protected { get; init; } = new([]);

    /// <summary>Which files are tests: the verdict is taken with those of the base commit.</summary>
    public GlobSet Tests { get; init; } = new([]);

    /// <summary>How much of everything.</summary>
    public GateLimits Limits { get; init; } = new();

    /// <summary>SHA-256 of the file's canonical JSON, 64 hex digits. Results on the base commit are kept by it.</summary>
    public required string Digest { get; init; }

    /// <summary>Reads the file.</summary>
    /// <param name="utf8">Its bytes: YAML or JSON.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadInputException">It is none; the message has the place.</exception>
    public static GateFile Read(ReadOnlyMemory<byte> utf8, string name = Path)
    {
        try
        {
            var document = Yaml.Read(utf8);
            return GateFileReader.Read(document) with { Digest = CanonicalJson.Digest(document) };
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"{name}: {e.Message}", e);
        }
    }
}

/// <summary>One command that judges a tree.</summary>
internal sealed record GateCheck
{
    /// <summary>Its name, unique in the gate.</summary>
    public required string Id { get; init; }

    /// <summary>The command, without a shell. <c>{reports}</c> stands for a folder outside of the tree, as does <c>$PAWL_REPORTS</c>.</summary>
    public required IReadOnlyList<string> Run { get; init; }

    /// <summary>Tools that must be on the PATH; a missing one fails the check and says how to get it.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>After this long it is killed and has failed. Default: 15 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>What it reports. Default: its output, and the exit code decides.</summary>
    public ReportFormat Format { get; init; } = ReportFormat.Text;

    /// <summary>Which files hold the report, in the folder for reports or in the tree; null: standard output.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Whether it may use the network. Default: no.</summary>
    public bool Network { get; init; }

    /// <summary>Whether it fails where it changed tracked files. Default: yes.</summary>
    public bool MustNotModify { get; init; } = true;

    /// <summary>How often a red check is run again, at most; what passes then is flaky. Default: 0.</summary>
    public int FlakyAttempts { get; init; }

    /// <summary>Whether the gate is red where it is red. Default: yes; else a person is told.</summary>
    public bool Required { get; init; } = true;
}

/// <summary>How much a change may be and may use.</summary>
internal sealed record GateLimits
{
    /// <summary>Files that a change may touch. Default: 100.</summary>
    public int Files { get; init; } = 100;

    /// <summary>KiB of its patch. Default: 1,024.</summary>
    public int PatchKilobytes { get; init; } = 1024;

    /// <summary>Attempts of the agent. Default: 3.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>How long one attempt of the agent may take. Default: 30 minutes.</summary>
    public TimeSpan Wall { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>KiB that are kept of a command's output, of each stream. Default: 512.</summary>
    public int OutputKilobytes { get; init; } = 512;

    /// <summary>MiB that a command may write in all. Default: 4,096.</summary>
    public int DiskMegabytes { get; init; } = 4096;

    /// <summary>Processes that a command may have at once. Default: 512.</summary>
    public int Processes { get; init; } = 512;

    /// <summary>What one command may use.</summary>
    /// <param name="wall">How long it may take.</param>
    public CommandBudget Budget(TimeSpan wall) => new()
    {
        Wall = wall,
        OutputBytes = OutputKilobytes * 1024L,
        FileBytes = DiskMegabytes * 1024L * 1024,
        DiskBytes = DiskMegabytes * 1024L * 1024,
        Processes = Processes,
    };
}
