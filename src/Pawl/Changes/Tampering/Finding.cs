using System.Diagnostics.CodeAnalysis;

namespace Pawl.Changes.Tampering;

/// <summary>What a change did that a person has to allow before it may be proposed.</summary>
public enum FindingKind
{
    /// <summary>A test that existed on base is gone.</summary>
    TestRemoved,

    /// <summary>A test that ran on base is skipped, or others are deselected.</summary>
    TestSkipped,

    /// <summary>A test file that asserted something asserts nothing any more.</summary>
    TestEmptied,

    /// <summary>An assertion is gone, or says something else.</summary>
    AssertionRemoved,

    /// <summary>The tests as they were on base fail with the change.</summary>
    BaseTestsFail,

    /// <summary>A file that the gate protects was touched.</summary>
    ProtectedPath,

    /// <summary>A file that says what continuous integration runs was touched.</summary>
    CiFile,

    /// <summary>A file that pins dependencies was touched.</summary>
    LockFile,

    /// <summary>What decides which tests run, and how, was touched.</summary>
    TestConfiguration,

    /// <summary>The change is larger than the gate's limits.</summary>
    TooLarge,

    /// <summary>A file holds a value that the agent was given in confidence.</summary>
    Secret,
}

/// <summary>Something that a change did, and no agent should.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Where">A path in the repository, or a test's id.</param>
/// <param name="What">What was done there, for a person; may quote the change.</param>
public sealed record Finding(FindingKind Kind, string Where, string What);

/// <summary>A changed file's text before and after; null where it was not, or is not, there.</summary>
internal sealed record FileVersions(string Path, string? Before, string? After);

/// <summary>The names of findings for people and for <c>--allow</c>.</summary>
public static class FindingName
{
    private static readonly (FindingKind Kind, string Name)[] Names =
    [
        (FindingKind.TestRemoved, "test-removed"),
        (FindingKind.TestSkipped, "test-skipped"),
        (FindingKind.TestEmptied, "test-emptied"),
        (FindingKind.AssertionRemoved, "assertion-removed"),
        (FindingKind.BaseTestsFail, "base-tests-fail"),
        (FindingKind.ProtectedPath, "protected-path"),
        (FindingKind.CiFile, "ci-file"),
        (FindingKind.LockFile, "lock-file"),
        (FindingKind.TestConfiguration, "test-configuration"),
        (FindingKind.TooLarge, "too-large"),
        (FindingKind.Secret, "secret"),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All => Names.Select(entry => entry.Name);

    /// <summary>The name of a kind.</summary>
    public static string Name(this FindingKind kind) => Array.Find(Names, entry => entry.Kind == kind).Name ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, null);

    /// <summary>The kind of a name.</summary>
    /// <exception cref="BadInputException">There is none of that name; the message lists all.</exception>
    public static FindingKind Parse(string name) => TryParse(name, out var kind) ? kind : throw new BadInputException($"There is no finding \"{name}\": there are {string.Join(", ", All)}.");

    /// <summary>The kind of a name; false where there is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out FindingKind kind)
    {
        var found = Array.FindIndex(Names, entry => entry.Name == name);
        kind = found < 0 ? default : Names[found].Kind;
        return found >= 0;
    }
}
