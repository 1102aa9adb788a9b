namespace Pawl.Changes;

/// <summary>The tools that checks need.</summary>
internal static class Tools
{
    /// <summary>Whether a tool is on the PATH.</summary>
    public static bool Has(string tool) =>
        tool.Contains('/', StringComparison.Ordinal)
            ? File.Exists(tool)
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && IsProgram(Path.Combine(folder, tool)));

    /// <summary>How to get it, in a sentence.</summary>
    public static string HowToInstall(string tool) => tool switch
    {
        "dotnet" => "Install the .NET SDK: https://dotnet.microsoft.com/download",
        "node" or "npm" or "npx" => "Install Node.js: apt-get install nodejs npm, or https://nodejs.org",
        "python" or "python3" or "pip" or "pip3" => "Install Python: apt-get install python3 python3-pip",
        "pytest" => "Install it: pip install pytest, or apt-get install python3-pytest",
        "cargo" or "rustc" => "Install Rust: apt-get install cargo, or https://rustup.rs",
        "go" => "Install Go: apt-get install golang, or https://go.dev/dl",
        "make" or "git" or "sh" or "bash" => $"Install it: apt-get install {(tool == "sh" ? "dash" : tool)}",
        _ => "Install it, or take it out of requires in the gate file.",
    };

    private static bool IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None);
}
