using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

/// <summary>A user's folder with real git in it, and beside it the places where Pawl works.</summary>
internal sealed class UserFolder : IDisposable
{
    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));
    public static readonly GitIdentity Someone = new("Some One", "one@example.com");
    private readonly TemporaryFolder _folder = new();

    public UserFolder() => Directory.CreateDirectory(Root);

    public string Root => _folder["user"];

    /// <summary>A file that an attack makes when something of its own was run.</summary>
    public string Marker => _folder["marker"];

    public string this[string relative] => _folder[relative];

    /// <summary>A command that leaves the marker.</summary>
    public string Attack => $"touch '{Marker}'; cat";

    /// <summary>A repository with one commit of the files.</summary>
    public static UserFolder WithCommit(params (string Path, string Content)[] files)
    {
        var user = new UserFolder();
        user.Git("init", "-q", "-b", "main");
        foreach (var (path, content) in files.Length == 0 ? [("a.txt", "one\n"), ("src/b.txt", "two\n")] : files) user.Write(path, content);
        user.Commit("first");
        return user;
    }

    public string Write(string relative, string content) => _folder.Write("user/" + relative, content);

    public string Commit(string message)
    {
        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
        return Git("rev-parse", "HEAD");
    }

    public string Git(params string[] arguments) => GitIn(Root, arguments);

    /// <summary>Runs git as a user would, with configuration, hooks and filters in force.</summary>
    public static string GitIn(string folder, params string[] arguments)
    {
        var result = Run("git", folder, ["-c", "protocol.file.allow=always", .. arguments]);
        Assert.True(result.ExitCode == 0, $"git {string.Join(' ', arguments)}: {result.Error}");
        return result.Output.TrimEnd('\n');
    }

    public static (int ExitCode, string Output, string Error) Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Someones) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public Task<SourceRepository> OpenAsync() => SourceRepository.OpenAsync(Root, CancellationToken.None);

    /// <summary>A change's repository that starts from HEAD.</summary>
    public async Task<ChangeRepository> ChangeAsync(string name = "change")
    {
        var source = await OpenAsync();
        return await ChangeRepository.CreateAsync(_folder[name], source, await source.ResolveAsync("HEAD", CancellationToken.None), At, CancellationToken.None);
    }

    /// <summary>A change's repository and an agent's worktree of its base.</summary>
    public async Task<(ChangeRepository Change, Worktree Worktree)> WorktreeAsync()
    {
        var change = await ChangeAsync();
        return (change, await change.CheckOutAsync(change.BaseTree, _folder["work"], forAgent: true, CancellationToken.None));
    }

    /// <summary>All files of a tree or commit: what it adds to the empty tree.</summary>
    public static async Task<IReadOnlyList<ChangedFile>> FilesAsync(ChangeRepository change, string treeish) =>
        (await change.DiffAsync("4b825dc642cb6eb9a060e54bf8d69288fbee4904", treeish, CancellationToken.None)).Files;

    /// <summary>Every file, link and folder below a folder with its content, mode and times, but for those left out.</summary>
    public static IReadOnlyList<string> Fingerprint(string folder, params string[] leftOut) =>
        [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(info => (Path: Path.GetRelativePath(folder, info.FullName), Info: info))
            .Where(entry => !leftOut.Any(left => entry.Path == left || entry.Path.StartsWith(left + "/", StringComparison.Ordinal)))
            .Select(entry => $"{entry.Path} {entry.Info.UnixFileMode} {entry.Info.LinkTarget} {Content(entry.Info)}")
            .Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        // .NET deletes no file whose name is not UTF-8, and nothing in a folder that may not be read.
        Run("chmod", "/", "-R", "u+rwX", _folder.Path);
        Run("rm", "/", "-rf", _folder.Path);
        _folder.Dispose();
    }

    private static (string Name, string Value)[] Someones =>
    [
        ("GIT_AUTHOR_NAME", Someone.Name), ("GIT_AUTHOR_EMAIL", Someone.Email), ("GIT_COMMITTER_NAME", Someone.Name), ("GIT_COMMITTER_EMAIL", Someone.Email),
        ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LANG", "C.UTF-8"),
    ];

    private static string Content(FileSystemInfo info) => info is FileInfo { LinkTarget: null } file
        ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName))) + " " + file.LastWriteTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture)
        : "";
}
