#include "textflag.h"

// func addCodes(sums *float32, codes *byte, n int, pulls *Pull, count, blocks int)
//
// First every row is asked for, without waiting for any: they lie all over the memory. Then, eight places of all rows at a time, Y0 is
// the sum; a byte becomes a whole number, times its size, and a float.
TEXT ·addCodes(SB), NOSPLIT, $0-48
	MOVQ sums+0(FP), DI
	MOVQ codes+8(FP), SI
	MOVQ n+16(FP), R8
	MOVQ pulls+24(FP), R9
	MOVQ count+32(FP), R10
	MOVQ blocks+40(FP), R11
	MOVQ R9, R12
	MOVQ R10, CX

ask:
	MOVL (R12), AX
	IMULQ R8, AX
	PREFETCHT0 (SI)(AX*1)
	ADDQ SI, AX
	PREFETCHT0 -1(AX)(R8*1)
	ADDQ $8, R12
	DECQ CX
	JNZ ask

block:
	VMOVUPS (DI), Y0
	MOVQ R9, R12
	MOVQ R10, CX

next:
	MOVL (R12), AX
	IMULQ R8, AX
	VPMOVSXBD (SI)(AX*1), Y1
	VPABSD Y1, Y2
	VPMULLD Y1, Y2, Y1
	VCVTDQ2PS Y1, Y1
	VBROADCASTSS 4(R12), Y3
	VMULPS Y3, Y1, Y1
	VADDPS Y1, Y0, Y0
	ADDQ $8, R12
	DECQ CX
	JNZ next
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $8, SI
	DECQ R11
	JNZ block
	VZEROUPPER
	RET

// func addNumbers(sums, row *float32, by float32, blocks int)
TEXT ·addNumbers(SB), NOSPLIT, $0-32
	MOVQ sums+0(FP), DI
	MOVQ row+8(FP), SI
	VBROADCASTSS by+16(FP), Y2
	MOVQ blocks+24(FP), CX

next:
	VMULPS (SI), Y2, Y0
	VADDPS (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

// func ask(first *byte, size int, places *uint32, count int)
TEXT ·ask(SB), NOSPLIT, $0-32
	MOVQ first+0(FP), SI
	MOVQ size+8(FP), R8
	MOVQ places+16(FP), R9
	MOVQ count+24(FP), CX

next:
	MOVL (R9), AX
	IMULQ R8, AX
	PREFETCHT0 (SI)(AX*1)
	ADDQ $4, R9
	DECQ CX
	JNZ next
	RET
