import "effect/schema/SchemaJITCompiler/enable"
import { runProgram } from "./program.ts"

runProgram()
