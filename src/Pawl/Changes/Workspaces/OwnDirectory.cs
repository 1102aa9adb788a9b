using System.Security.Cryptography;
using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>The files of a change's repository: a bare git directory, an index per worktree, and the base commit, written last.</summary>
internal sealed class OwnDirectory(Git git, string folder, SourceRepository source)
{
    // What a .gitattributes says of filters, line ends and encodings is for whoever merges; an agent may have written it.
    private const string Attributes = "* -text -crlf !eol !filter !ident !working-tree-encoding\n";

    private int _scratchFiles;

    /// <summary>How git is run.</summary>
    public Git Git => git;

    /// <summary>The bare git directory.</summary>
    public string GitDirectory { get; } = Path.Combine(folder, "repository.git");

    /// <summary>Where its objects are.</summary>
    public string ObjectsFolder => Path.Combine(GitDirectory, "objects");

    /// <summary>The object folders that a worktree's own git directory borrows from.</summary>
    public IReadOnlyList<string> ObjectFolders => source.ObjectsDirectory is { } users ? [ObjectsFolder, users] : [ObjectsFolder];

    /// <summary>Characters of an object id.</summary>
    public int IdLength => source.ObjectFormat == "sha256" ? 64 : 40;

    private string Indexes => Path.Combine(folder, "indexes");

    private string BaseFile => Path.Combine(folder, "base");

    /// <summary>A call of git in this repository.</summary>
    public GitCall Call(params IReadOnlyList<string> arguments) => new(arguments) { GitDirectory = GitDirectory };

    /// <summary>Runs git in this repository.</summary>
    public Task<GitResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) => git.RunAsync(Call(arguments), cancellationToken);

    /// <summary>The index of the worktree in a folder.</summary>
    public string IndexOf(string worktree) => Path.Combine(Indexes, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(worktree)))[..32]);

    /// <summary>The name of an index that nobody else uses; its user deletes it.</summary>
    public string ScratchIndex() => Path.Combine(Indexes, $"scratch-{Environment.ProcessId}-{Interlocked.Increment(ref _scratchFiles)}");

    /// <summary>Makes the git directory; what an earlier try left half done is removed first.</summary>
    public async Task InitAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(BaseFile)) throw new InvalidOperationException($"{folder} holds a change's repository already; open it.");
        if (Directory.Exists(GitDirectory)) Directory.Delete(GitDirectory, recursive: true);
        if (Directory.Exists(Indexes)) Directory.Delete(Indexes, recursive: true);
        Directory.CreateDirectory(Indexes);
        await git.RunAsync(
            new GitCall("init", "--quiet", "--bare", "--template=", $"--object-format={source.ObjectFormat}", "--initial-branch=base", GitDirectory), cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(Path.Combine(GitDirectory, "info"));
        File.WriteAllText(Path.Combine(GitDirectory, "info", "exclude"), UserExcludes());
        Borrow();
    }

    /// <summary>From here on files are taken and given byte for byte, whatever attributes they come with.</summary>
    public void KeepBytes() => File.WriteAllText(Path.Combine(GitDirectory, "info", "attributes"), Attributes);

    /// <summary>Removes what a killed process left: locks that nobody holds any more, and scratch files.</summary>
    public void Mend()
    {
        if (!File.Exists(BaseFile)) throw new BadInputException($"{folder} holds no finished repository of a change; create it anew.");
        foreach (var file in Directory.EnumerateFiles(folder, "*.lock", SearchOption.AllDirectories)) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(Indexes, "scratch-*")) File.Delete(file);
        foreach (var unfinished in Directory.EnumerateDirectories(ObjectsFolder, "tmp_objdir-*")) Directory.Delete(unfinished, recursive: true);
        Borrow();
    }

    /// <summary>The base commit that was written down.</summary>
    public string ReadBase() => File.ReadAllText(BaseFile).Trim();

    /// <summary>Writes the base commit down, which makes the repository finished.</summary>
    public void WriteBase(string commit)
    {
        var unfinished = BaseFile + ".new";
        using (var file = new FileStream(unfinished, FileMode.Create))
        {
            file.Write(Encoding.ASCII.GetBytes(commit + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, BaseFile, overwrite: true);
    }

    /// <summary>The lines of an objects/info/alternates file.</summary>
    public static string Alternates(IEnumerable<string> folders) => string.Concat(folders.Select(path =>
        "\"" + path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"\n"));

    /// <summary>Tells a git directory where history was cut off in a shallow clone.</summary>
    public void CopyShallow(string gitDirectory)
    {
        if (source.CommonDirectory is { } common && File.Exists(Path.Combine(common, "shallow")))
            File.Copy(Path.Combine(common, "shallow"), Path.Combine(gitDirectory, "shallow"), overwrite: true);
    }

    private void Borrow()
    {
        CopyShallow(GitDirectory);
        if (source.ObjectsDirectory is not { } users) return;
        Directory.CreateDirectory(Path.Combine(ObjectsFolder, "info"));
        File.WriteAllText(Path.Combine(ObjectsFolder, "info", "alternates"), Alternates([users]));
    }

    // What the user ignores in this repository only, and where git looks by default for what they ignore everywhere.
    private string UserExcludes()
    {
        var settings = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".config");
        string?[] files = [Path.Combine(settings, "git", "ignore"), source.CommonDirectory is { } common ? Path.Combine(common, "info", "exclude") : null];
        return string.Concat(files.Where(File.Exists).Select(file => File.ReadAllText(file!).TrimEnd('\n') + "\n"));
    }
}
