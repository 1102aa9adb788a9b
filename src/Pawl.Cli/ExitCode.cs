namespace Pawl.Cli;

/// <summary>What the command line exits with; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int AnswerIsNo = 1;
    public const int PersonNeeded = 2;
    public const int Usage = 64;
    public const int BadInput = 65;
    public const int Unavailable = 69;
    public const int Internal = 70;
    public const int Interrupted = 130;
}
